// The chat page around the element: its heading in the reader's language, the date, the language switch.
import { LANGUAGES, pickLanguage } from './widget.js';

/** @typedef {import('./element.js').TelalChat} Chat */

/** @template {Element} T @param {string} selector @returns {T} */
const find = (selector) => /** @type {T} */ (document.querySelector(selector));

const chat = /** @type {Chat} */ (find('telal-chat'));
const select = /** @type {HTMLSelectElement} */ (find('#language'));

for (const [tag, name] of Object.entries(LANGUAGES)) {
  const option = new Option(name, tag);
  option.lang = tag;
  select.add(option);
}
select.addEventListener('change', () => {
  chat.language = select.value;
  history.replaceState(null, '', `?lang=${select.value}`); // so that a reload or a shared link keeps it: nothing is stored
});

function show() {
  const language = chat.spoken;
  document.documentElement.lang = language;
  document.title = `Telal: ${chat.say('title')}`;
  find('h1').textContent = chat.say('title');
  find('summary').textContent = chat.say('how');
  find('details p').textContent = chat.say('lead');
  find('#fresh').textContent = chat.say('fresh');
  const now = new Date();
  const today = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString(); // the reader's day, not Greenwich's
  for (const [at, key] of /** @type {const} */ ([['/demo', 'demo'], ['/api/reference', 'api']])) find(`a[href="${at}"]`).textContent = chat.say(key);
  find('time').textContent = chat.day(today);
  find('time').setAttribute('datetime', today.slice(0, 10));
  select.value = language;
  select.setAttribute('aria-label', chat.say('language'));
}
find('#fresh').addEventListener('click', () => chat.clear());
/** Title and explanation are for those who have not asked yet. @param {boolean} asked */
const fold = (asked) => document.body.classList.toggle('asked', asked);
document.addEventListener('telal-ask', () => fold(true));
document.addEventListener('telal-clear', () => fold(false));

/** The shared answer that this address names. */
let share = /^\/a\/([0-9a-f]{16})$/.exec(location.pathname)?.[1];
const address = new URLSearchParams(location.search);
/** The question of the page's address, once there are words to answer with. */
function askAddress() {
  chat.ask((address.get('q') ?? '').slice(0, 2000));
  address.delete('q');
}
function begin() {
  show();
  if (share) chat.show(share);
  else if (address.has('q')) askAddress();
  else if (matchMedia('(pointer: fine)').matches) chat.focusBox();
  if (share) fold(true);
  share = undefined;
}
document.addEventListener('telal-language', begin);
if (chat.spoken) begin();

chat.language = pickLanguage([address.get('lang'), ...navigator.languages]);
