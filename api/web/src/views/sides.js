// Conflicting reports: what each outlet says, side by side.
import { html } from 'lit';
import { outletOf } from '../text.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../client.js').Sentence} Sentence */

/**
 * @param {Chat} chat @param {import('../conversation.js').Turn} turn
 * @param {(chat: Chat, turn: import('../conversation.js').Turn, list: Sentence[]) => unknown} shown how sentences are shown
 */
export function sides(chat, turn, shown) {
  const sourceOf = (/** @type {Sentence} */ s) => turn.citations.get(s.citations[0] ?? 0);
  const told = turn.sentences.map((s) => ({ ...s, lead: '' })); // the column's head says whose words they are
  const outlets = new Set(told.map((s) => sourceOf(s)?.outlet));
  /** @type {Map<unknown, Sentence[]>} */
  const columns = new Map();
  for (const s of told) {
    const side = outlets.size > 1 ? sourceOf(s)?.outlet : s; // one outlet may say both
    columns.set(side, [...(columns.get(side) ?? []), s]);
  }
  const views = [...columns.values()].map((list) => html`<section>
    <h5><bdi>${outletOf(sourceOf(/** @type {Sentence} */ (list[0])) ?? { outlet: '' })}</bdi></h5>${shown(chat, turn, list)}</section>`);
  return html`<h4 class="label" lang=${chat.spoken}>${chat.say('differ')}</h4><div class="sides">${views}</div>`;
}
