// Conflicting reports: what each outlet says, side by side.
import { html } from 'lit';
import { clip } from '../text.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../client.js').Sentence} Sentence */

/**
 * @param {Chat} chat @param {import('../conversation.js').Turn} turn
 * @param {(chat: Chat, turn: import('../conversation.js').Turn, list: Sentence[]) => unknown} shown how sentences are shown
 */
export function sides(chat, turn, shown) {
  /** @type {Map<string, Sentence[]>} */
  const byOutlet = new Map();
  for (const s of turn.sentences) {
    const outlet = turn.citations.get(s.citations[0] ?? 0)?.outlet ?? '';
    byOutlet.set(outlet, [...(byOutlet.get(outlet) ?? []), s]);
  }
  const columns = [...byOutlet].map(([outlet, list]) => html`<section><h5><bdi>${clip(outlet, 300)}</bdi></h5>${shown(chat, turn, list)}</section>`);
  return html`<h4 class="label" lang=${chat.spoken}>${chat.say('differ')}</h4><div class="sides">${columns}</div>`;
}
