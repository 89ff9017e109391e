// The chat page around the element: words in the reader's language, an address for each answer, the last conversations.
import { RecentConversations } from './recent.js';
import { LANGUAGES, pickLanguage } from './widget.js';

/** @typedef {import('./element.js').TelalChat} Chat */
/** What a history entry shows: so many turns of a conversation; and where it was scrolled to. @typedef {{id: string, turns: number, y?: number}} Place */

/** @template {Element} T @param {string} selector @returns {T} */
const find = (selector) => /** @type {T} */ (document.querySelector(selector));

const chat = /** @type {Chat} */ (find('telal-chat'));
const select = /** @type {HTMLSelectElement} */ (find('#language'));
const recent = new RecentConversations(() => localStorage);

for (const [tag, name] of Object.entries(LANGUAGES)) {
  const option = new Option(name, tag);
  option.lang = tag;
  select.add(option);
}
select.addEventListener('change', () => {
  chat.language = select.value;
  const query = new URLSearchParams(location.search);
  query.set('lang', select.value);
  history.replaceState(history.state, '', `?${query}`); // so that a reload or a shared link keeps it
});

function show() {
  const language = chat.spoken;
  document.documentElement.lang = language;
  find('h1').textContent = chat.say('title');
  find('footer summary').textContent = chat.say('how');
  find('footer details p').textContent = chat.say('lead');
  find('#fresh').textContent = chat.say('fresh');
  const now = new Date();
  const today = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString(); // the reader's day, not Greenwich's
  for (const [at, key] of /** @type {const} */ ([['/demo', 'demo'], ['/api/reference', 'api']])) find(`a[href="${at}"]`).textContent = chat.say(key);
  find('time').textContent = chat.day(today);
  find('time').setAttribute('datetime', today.slice(0, 10));
  select.value = language;
  select.setAttribute('aria-label', chat.say('language'));
  name();
  list();
}

/** The last question, for the window's title. */
let asked = '';
/** Title and explanation are for those who have not asked yet. @param {boolean} folded @param {string} [question] */
function fold(folded, question = '') {
  document.body.classList.toggle('asked', folded);
  asked = question.length > 120 ? `${question.slice(0, 120)}…` : question;
  name();
}
const name = () => (document.title = asked ? `${asked} · Telal` : `Telal: ${chat.say('title')}`);

/** The address that asks a question; without one the first page's. @param {string} [question] */
function addressOf(question) {
  const query = new URLSearchParams({ lang: chat.spoken, ...(question ? { q: question } : {}) });
  return `/?${query}`;
}

/** Where the reader is. @type {Place} */
let place = { id: '', turns: 0 };
/** Whether a question gets an entry of its own: not one that an address brought. */
let entered = true;

document.addEventListener('telal-ask', (event) => {
  const { question } = /** @type {CustomEvent} */ (event).detail;
  const how = entered ? 'pushState' : 'replaceState';
  const next = { id: place.id || Date.now().toString(36) + Math.random().toString(36).slice(2), turns: place.turns + 1 };
  if (entered) history.replaceState({ ...place, y: scrollY }, '');
  place = next;
  history[how](place, '', addressOf(question));
  fold(true, question);
});
document.addEventListener('telal-answer', (event) => {
  const { answer, after } = /** @type {CustomEvent} */ (event).detail;
  recent.keep(place.id, place.turns - 1 - after, answer, chat.spoken);
  if (answer.used_history) history.replaceState(history.state, '', addressOf(answer.standalone)); // whoever opens the address has no history
});
document.addEventListener('telal-clear', () => {
  place = { id: '', turns: 0 };
  history.pushState(place, '', addressOf());
  fold(false);
  list();
});
find('#fresh').addEventListener('click', () => chat.clear());

/** Shows what a history entry names: kept answers, else the question of its address, else the first page. @param {Place | null} state */
async function goTo(state) {
  const shared = /^\/a\/([0-9a-f]{16})$/.exec(location.pathname)?.[1];
  const question = new URLSearchParams(location.search).get('q')?.slice(0, 2000);
  place = { id: state?.id ?? '', turns: state?.turns ?? 0 };
  const kept = place.id ? recent.turns(place.id).slice(0, place.turns) : [];
  const known = Boolean(kept[place.turns - 1]);
  fold(Boolean(shared || question), kept[place.turns - 1]?.question ?? question);
  await chat.present(kept.flatMap((answer) => answer ?? []));
  if (shared) return chat.show(shared);
  if (!question) {
    list();
    scrollTo(0, state?.y ?? 0);
  } else if (!known) {
    place.turns = Math.max(0, place.turns - 1);
    entered = false;
    const answered = chat.ask(question);
    entered = true;
    await answered;
  }
}
addEventListener('popstate', ({ state }) => goTo(state));
history.scrollRestoration = 'manual';

/** The last conversations under the field, folded. */
function list() {
  const box = /** @type {HTMLDetailsElement} */ (find('#recent'));
  const all = recent.all();
  box.hidden = !all.length;
  if (!all.length) return;
  find('#recent summary').textContent = chat.say('recent', { n: all.length });
  /** @param {string} text @param {() => void} act @param {string} [label] */
  const button = (text, act, label) => {
    const made = Object.assign(document.createElement('button'), { type: 'button', textContent: text });
    made.addEventListener('click', act);
    if (label) made.setAttribute('aria-label', label);
    return made;
  };
  const rows = all.map(({ id, at, language, turns }) => {
    const row = document.createElement('li');
    const first = turns.find((turn) => turn)?.question ?? '';
    const link = Object.assign(document.createElement('a'), { href: `/?${new URLSearchParams({ lang: language, q: first })}`, textContent: first, dir: 'auto' });
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.replaceState({ ...place, y: scrollY }, '');
      place = { id, turns: turns.length };
      history.pushState(place, '', link.href);
      goTo(place);
    });
    const day = document.createElement('span');
    day.textContent = chat.day(new Date(at).toISOString());
    row.append(link, ' ', day, button('×', () => forget(id), `${chat.say('forget')}: ${first}`));
    return row;
  });
  find('#recent ul').replaceChildren(...rows);
  find('#recent p').replaceChildren(chat.say(recent.lasting ? 'on_device' : 'not_kept'), ' ', button(chat.say('forget_all'), () => forget()));
}
/** @param {string} [id] by default all */
function forget(id) {
  recent.forget(id);
  list();
  const summary = /** @type {HTMLElement} */ (find('#recent summary'));
  if (summary.checkVisibility()) summary.focus();
  else chat.focusBox();
}

let begun = false;
document.addEventListener('telal-language', () => begin());
function begin() {
  show();
  if (begun) return;
  begun = true;
  if (location.pathname !== '/' || location.search.includes('q=')) goTo(history.state);
  else {
    fold(false);
    if (matchMedia('(pointer: fine)').matches) chat.focusBox();
  }
}
if (chat.spoken) begin();

chat.language = pickLanguage([new URLSearchParams(location.search).get('lang'), ...navigator.languages]);
