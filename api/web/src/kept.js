// The conversation in the tab's session storage, where the site allows it: a reload shows it again, closing the tab ends it.

/** @typedef {import('./element.js').TelalChat} Chat */

/** Turns that are kept: what a follow-up needs. */
const MOST = 6;

/** @param {Chat} chat */
const name = (chat) => `telal ${chat.endpoint || location.origin}`;

/** Keeps the answers there are; without any nothing stays. @param {Chat} chat */
export function keepTurns(chat) {
  if (!chat.keep) return;
  const answers = chat._conversation.turns.flatMap((turn) => (turn.state === 'done' && !turn.kept && turn.answer ? [{ ...turn.answer, filters: turn.filters }] : [])).slice(-MOST);
  try {
    if (answers.length) sessionStorage.setItem(name(chat), JSON.stringify(answers));
    else sessionStorage.removeItem(name(chat));
  } catch (error) {
    console.warn('Telal:', error); // full, or forbidden in this frame: the conversation goes on without
  }
}

/** Shows what was kept, unless something was asked meanwhile. @param {Chat} chat */
export function restore(chat) {
  if (chat._conversation.turns.length) return;
  try {
    for (const answer of JSON.parse(sessionStorage.getItem(name(chat)) ?? '[]')) chat._conversation.add(answer);
  } catch (error) {
    console.warn('Telal:', error);
  }
  if (chat._conversation.turns.length) chat._tell('restore');
  chat.requestUpdate();
}

/** Brings the head of the last turn to the top; the first one stays below the page's own head. @param {Chat} chat */
export function inSight(chat) {
  const turn = chat._find('.turn:last-of-type');
  if (turn?.matches('.turn + .turn') || (turn?.getBoundingClientRect().top ?? 0) < 0) turn?.scrollIntoView();
}
