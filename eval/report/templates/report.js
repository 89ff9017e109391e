"use strict";
// Filters the list of cases. Without it all cases are shown.
(() => {
  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const cases = [...document.querySelectorAll(".case")].map((element) => ({ element, data: element.dataset, words: "" }));
  const fields = form.elements;

  // "A:answered B:refused " holds `value` for the run, or for any run when none is chosen.
  const holds = (tokens, run, value) =>
    !value || tokens.split(" ").some((token) => (run ? token === `${run}:${value}` : token.endsWith(`:${value}`)));

  const fits = (item, asked) => {
    const { data } = item;
    if (asked.language && data.language !== asked.language) return false;
    if (asked.category && data.category !== asked.category) return false;
    if (asked.differs && !("differs" in data)) return false;
    if (!holds(data.status, asked.run, asked.status) || !holds(data.outcome, asked.run, asked.outcome)) return false;
    if (!asked.text) return true;
    item.words ||= fold(item.element.textContent);
    return item.words.includes(asked.text);
  };

  const apply = () => {
    const asked = {
      text: fold(fields.text.value.trim()),
      language: fields.language.value,
      category: fields.category.value,
      status: fields.status.value,
      outcome: fields.outcome.value,
      run: fields.run ? fields.run.value : "",
      differs: fields.differs ? fields.differs.checked : false,
    };
    let count = 0;
    for (const item of cases) {
      const fit = fits(item, asked);
      item.element.hidden = !fit;
      count += fit;
    }
    shown.textContent = `${count} of ${cases.length} cases`;
    nothing.hidden = count > 0;
  };

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 80);
  });
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const link of document.querySelectorAll("a[data-field]")) {
    link.addEventListener("click", () => {
      form.reset();
      fields[link.dataset.field].value = link.dataset.value;
      setTimeout(apply);
    });
  }
  form.hidden = false;
  apply();
})();
