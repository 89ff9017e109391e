// From which confidence Telal answers: tried on what readers asked, without asking anything anew, then set.
import { html, nothing } from 'lit';
import { clip } from '../../text.js';
import { curveView } from './curve.js';

/** @typedef {import('../desk.js').Desk} Desk */
/** @typedef {import('../desk.js').Word} Word */
/** @typedef {'answered' | 'hedged' | 'refused'} Outcome */

/** @type {Outcome[]} */
const OUTCOMES = ['answered', 'hedged', 'refused'];

/** What becomes of a question. @param {number} confidence @param {number} threshold @param {number} partial @returns {Outcome} */
export const outcomeAt = (confidence, threshold, partial) =>
  confidence >= threshold ? 'answered' : confidence >= Math.min(partial, threshold) ? 'hedged' : 'refused';

/** @param {Desk} desk */
export function thresholdView(desk) {
  const { threshold: now, partial, confidences, questions, set, wrong_share: chosen } = desk.data.threshold;
  const tried = desk.kept.threshold ?? now;
  const count = (/** @type {number} */ at) => {
    const n = { answered: 0, hedged: 0, refused: 0 };
    for (const [permille, times] of confidences) n[outcomeAt((permille + 0.5) / 1000, at, partial)] += times;
    return n;
  };
  const row = (/** @type {Word} */ name, /** @type {number} */ at) => {
    const n = count(at);
    return html`<tr><th scope="row">${desk.say(name)} (${desk.share(at)})</th>${OUTCOMES.map((o) => html`<td>${n[o]}</td>`)}</tr>`;
  };
  const changed = questions.filter((/** @type {any} */ q) => outcomeAt(q.confidence, now, partial) !== outcomeAt(q.confidence, tried, partial));
  const choose = (/** @type {Event} */ e) => {
    desk.kept.threshold = Number(/** @type {HTMLInputElement} */ (e.currentTarget).value) / 100;
    desk.draw();
  };
  const total = confidences.reduce((/** @type {number} */ all, /** @type {[number, number]} */ [, times]) => all + times, 0);
  const level = (/** @type {'one_in_twenty' | 'one_in_ten'} */ name) => {
    const at = desk.data.threshold[name];
    const told = at >= 1 ? desk.say('level_none') : total ? desk.say('level_states', { n: desk.share(at), share: desk.share(count(at).answered / total) }) : desk.say('level_from', { n: desk.share(at) });
    return html`<p class="level"><button class="choice" aria-pressed=${chosen === name} ?disabled=${desk.busy} @click=${() => put(name)}>${desk.say(name)}</button> <span class="meta">${told}</span></p>`;
  };
  const put = (/** @type {number | string | null} */ threshold) => {
    desk.kept.threshold = null;
    return desk.act(() => desk.server.change('threshold', { threshold }, 'PUT'), { say: desk.say('done'), reload: true });
  };
  return html`<section><h2>${desk.say('threshold_title')}</h2><p class="note">${desk.say('threshold_lead')}</p>
    ${level('one_in_twenty')}${level('one_in_ten')}
    <label><span class="label">${desk.say('threshold_least')}: <output>${desk.share(tried)}</output></span>
      <input type="range" min="5" max="99" step="1" .value=${String(Math.round(tried * 100))} aria-valuetext=${desk.share(tried)} @input=${choose}></label>
    <div class="wide" tabindex="0" role="group" aria-label=${desk.say('outcome')}><table>
      <thead><tr><td></td>${OUTCOMES.map((o) => html`<th scope="col">${desk.say(/** @type {Word} */ (`o_${o}`))}</th>`)}</tr></thead>
      <tbody>${row('in_force', now)}${tried === now ? nothing : row('tried', tried)}</tbody></table></div>
    ${changed.length ? html`<p>${desk.say('would_change')}</p><ul class="list">${changed.slice(0, 30).map((/** @type {any} */ q) => html`<li><span lang=${q.language} dir="auto">${clip(q.question, 300)}</span>
      <span class="meta">${desk.say(/** @type {Word} */ (`o_${outcomeAt(q.confidence, now, partial)}`))} → ${desk.say(/** @type {Word} */ (`o_${outcomeAt(q.confidence, tried, partial)}`))}</span></li>`)}</ul>` : nothing}
    <div class="row"><button class="strong" ?disabled=${desk.busy || tried === now} @click=${() => put(tried)}>${desk.say('set')}</button>
      ${set ? html`<button ?disabled=${desk.busy} @click=${() => put(null)}>${desk.say('threshold_back')}</button>` : nothing}</div></section>
    ${curveView(desk)}`;
}
