// Conflicting reports: what each says, side by side, under whose words they are.
import { html } from 'lit';
import { byline, clip } from '../text.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../client.js').Sentence} Sentence */

/**
 * @param {Chat} chat @param {import('../conversation.js').Turn} turn
 * @param {(chat: Chat, turn: import('../conversation.js').Turn, list: Sentence[]) => unknown} shown how sentences are shown
 */
export function sides(chat, turn, shown) {
  const sourceOf = (/** @type {Sentence} */ s) => turn.citations.get(s.citations[0] ?? 0);
  /** Who says it: as the answer names them, else the outlet. @param {Sentence} s */
  const speaker = (s) => clip(s.lead, 300).replace(/:$/, '') || byline(sourceOf(s) ?? { outlet: '' }, chat.say);
  /** @type {Map<string, Sentence[]>} */
  const columns = new Map();
  for (const s of turn.sentences) columns.set(speaker(s), [...(columns.get(speaker(s)) ?? []), { ...s, lead: '' }]);
  const views = [...columns].map(([name, list]) => html`<section>
    <h5><bdi>${name}</bdi></h5>${shown(chat, turn, list)}</section>`);
  return html`<h4 class="label" lang=${chat.spoken}>${chat.say('differ')}</h4><div class="sides">${views}</div>`;
}
