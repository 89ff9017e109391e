// The chat page around the element: words in the reader's language, an address for each answer, the last conversations.
import { LANGUAGES, load, pickLanguage } from './widget.js';

/** @typedef {import('./element.js').TelalChat} Chat */
/** @typedef {import('./client.js').Filters} Filters */
/** What a history entry shows: so many turns of a conversation; and where it was scrolled to. @typedef {{id: string, turns: number, y?: number}} Place */

/** @template {Element} T @param {string} selector @returns {T} */
const find = (selector) => /** @type {T} */ (document.querySelector(selector));

const chat = /** @type {Chat} */ (find('telal-chat'));
const select = /** @type {HTMLSelectElement} */ (find('#language'));

/** @typedef {Promise<import('./device.js').Device>} Device */
/** What stays on the device: loaded once there is any. @type {Device | undefined} */
let loading;
/** @type {() => Device} */
const device = () => (loading ??= load('device').then(({ Device }) => new Device(() => localStorage, chat)));
/** What the page says around its answers. @param {'foot' | 'feed'} what */
const around = async (what) => (await load('around'))[what](chat);
/** The foot lies below the window, and what it says comes when a reader comes near; again when the language changes. */
const near = new IntersectionObserver((seen) => {
  if (!seen.at(-1)?.isIntersecting) return;
  near.disconnect();
  around('foot');
}, { rootMargin: '99px' });
/** Whether there may be some of a kind, as far as the browser lets us look. @param {string} kind */
function some(kind) {
  try {
    return Boolean(loading || location.search.includes('follow=') || localStorage.getItem(`telal ${kind}`));
  } catch {
    return Boolean(loading);
  }
}

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
  find('#fresh').textContent = chat.say('fresh');
  const now = new Date();
  const today = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString(); // the reader's day, not Greenwich's
  find('time').textContent = chat.day(today);
  find('time').setAttribute('datetime', today.slice(0, 10));
  select.value = language;
  select.setAttribute('aria-label', chat.say('language'));
  near.observe(find('footer'));
  name();
  load('places').then(({ places }) => places(chat, addressOf));
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

/** The address that asks a question; without one the first page's. @param {string} [question] @param {Filters} [filters] @param {string} [language] */
function addressOf(question, { from, to, languages = [], outlets = [] } = {}, language = chat.spoken) {
  const query = new URLSearchParams({ lang: language, ...(question && { q: question }), ...(from && { from }), ...(to && { to }) });
  for (const tag of languages) query.append('in', tag);
  for (const name of outlets) query.append('outlet', name);
  return `/?${query}`;
}

/** What an address narrows its answer to. @returns {Filters} */
function filtersOf(query = new URLSearchParams(location.search)) {
  const [from, to, languages, outlets] = [query.get('from'), query.get('to'), query.getAll('in'), query.getAll('outlet')];
  return { ...(from && { from }), ...(to && { to }), ...(languages.length && { languages }), ...(outlets.length && { outlets }) };
}

/** Where the reader is. @type {Place} */
let place = { id: '', turns: 0 };
/** Whether a question gets an entry of its own: not one that an address brought. */
let entered = true;

document.addEventListener('telal-ask', (event) => {
  const { question, filters } = /** @type {CustomEvent} */ (event).detail;
  device().catch(() => (loading = undefined)); // early, so that the answer is kept the moment it stands; offline, it comes with the answer
  const how = entered ? 'pushState' : 'replaceState';
  const next = { id: place.id || Date.now().toString(36) + Math.random().toString(36).slice(2), turns: place.turns + 1 };
  if (entered) history.replaceState({ ...place, y: scrollY }, '');
  place = next;
  history[how](place, '', addressOf(question, filters));
  fold(true, question);
});
document.addEventListener('telal-answer', async (event) => {
  const { answer, after } = /** @type {CustomEvent} */ (event).detail;
  const { id, turns } = place;
  const question = answer.used_history ? answer.standalone : answer.question; // whoever opens the address has no history
  if (!after) history.replaceState(history.state, '', addressOf(question, answer.filters));
  (await device()).recent.keep(id, turns - 1 - after, answer, chat.spoken);
  around('feed');
});
document.addEventListener('telal-follow', async (event) => {
  const { feed, then } = /** @type {CustomEvent} */ (event).detail;
  then(await (await device()).follow(feed));
});
document.addEventListener('telal-clear', () => {
  place = { id: '', turns: 0 };
  history.pushState(place, '', addressOf());
  fold(false);
  around('feed');
  list();
});
find('#fresh').addEventListener('click', () => chat.clear());

/** Shows what a history entry names: kept answers, else the question of its address, else the first page. @param {Place | null} state */
async function goTo(state) {
  const shared = /^\/a\/([0-9a-f]{16})$/.exec(location.pathname)?.[1];
  const question = new URLSearchParams(location.search).get('q')?.slice(0, 2000);
  const here = (place = { id: state?.id ?? '', turns: state?.turns ?? 0 });
  const kept = place.id ? (await (await device()).recent.turns(place.id)).slice(0, place.turns) : [];
  if (place !== here) return; // gone on meanwhile
  const known = Boolean(kept[place.turns - 1]);
  fold(Boolean(shared || question), kept[place.turns - 1]?.question ?? question);
  await chat.present(kept.flatMap((answer) => answer ?? []));
  around('feed');
  if (place !== here) return;
  chat.filters = filtersOf();
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

/** The last conversations and what is followed, under the field, folded: their place is there from the start, so that nothing moves. */
async function list() {
  const boxes = { recent: /** @type {HTMLDetailsElement} */ (find('#recent')), followed: /** @type {HTMLDetailsElement} */ (find('#followed')) };
  for (const box of Object.values(boxes)) box.hidden = !some(box.id);
  if (boxes.recent.hidden && boxes.followed.hidden) return;
  await chat._more(); // whoever has asked before will ask again; and the list's words come with it
  (await device()).list(boxes, addressOf, open);
}
/** @param {string} id @param {number} turns @param {string} address */
function open(id, turns, address) {
  history.replaceState({ ...place, y: scrollY }, '');
  place = { id, turns };
  history.pushState(place, '', address);
  goTo(place);
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
