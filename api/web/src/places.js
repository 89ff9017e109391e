// The row of countries and subjects, loaded with the names of the countries in the reader's language.

/** @typedef {import('./element.js').TelalChat} Chat */

/** The countries of the region. */
export const COUNTRIES = /** @type {const} */ (['AL', 'BA', 'BG', 'HR', 'GR', 'XK', 'ME', 'MK', 'RO', 'RS', 'SI', 'TR']);

/** Countries and subjects as one row of links: the reader's own country first. @param {Chat} chat @param {(question: string) => string} addressOf */
export async function places(chat, addressOf) {
  const language = chat.spoken;
  await chat._speech?.more('names');
  if (language !== chat.spoken) return; // it was changed meanwhile, and that row comes by itself
  const named = COUNTRIES.map((code) => /** @type {const} */ ([code, chat.say(code)])).sort(([, a], [, b]) => a.localeCompare(b, language));
  const home = navigator.languages.map((tag) => tag.split('-').at(-1)).find((code) => COUNTRIES.some((one) => one === code)) ?? new Intl.Locale(language).maximize().region;
  const countries = named.sort(([a], [b]) => Number(b === home) - Number(a === home)).map(([, name]) => name);
  const links = [...countries, ...chat.say('sections').split(', ')].map((place) => {
    const question = chat.say('news_of', { place });
    const label = place[0]?.toUpperCase() + place.slice(1);
    const link = Object.assign(document.createElement('a'), { href: addressOf(question), textContent: label });
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      chat.focusBox();
      chat.ask(question);
    });
    return link;
  });
  const row = /** @type {HTMLElement} */ (document.querySelector('#places'));
  row.replaceChildren(...links);
  row.setAttribute('aria-label', chat.say('places'));
}
