// The page that makes the widget's tag and the command for its key ready to copy.

/** @template {Element} T @param {string} selector @returns {T} */
const find = (selector) => /** @type {T} */ (document.querySelector(selector));

const site = /** @type {HTMLInputElement} */ (find('#site'));

/** The origin of what was typed; an example where it is none. */
function chosen() {
  const typed = site.value.trim() || site.placeholder;
  try {
    return new URL(/^https?:/.test(typed) ? typed : `https://${typed}`).origin;
  } catch {
    return `https://${site.placeholder}`;
  }
}

function show() {
  const from = chosen();
  find('#command').textContent = `telal keys create ${new URL(from).hostname} --public --origin ${from}`;
  find('#tag').textContent = `<script type="module" src="${location.origin}/widget.js" data-telal></script>`;
}
site.addEventListener('input', show);
show();

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('[data-copy]'))) {
  button.addEventListener('click', async () => {
    const done = await navigator.clipboard?.writeText(find(`#${button.dataset.copy}`).textContent ?? '').then(() => true, () => false);
    find('[role=status]').textContent = button.textContent = done ? 'Copied' : 'Select the text to copy it';
  });
}
