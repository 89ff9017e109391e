// Answers that readers reported, each with a form to settle it.
import { html, nothing } from 'lit';
import { clip } from '../../text.js';
import { drawer, field, fieldsOf } from './parts.js';

/** @typedef {import('../desk.js').Desk} Desk */

/** @param {Desk} desk */
export const reportsView = (desk) => html`<p class="lead">${desk.say('reports_lead')}</p>
  <p class="meta">${desk.say('open', { n: desk.data.open })} · ${desk.say('helpful', { n: desk.data.helpful })}</p>
  ${desk.data.full ? html`<p class="failure">${desk.say('full')}</p>` : nothing}
  ${desk.data.full || desk.data.reports.some((/** @type {any} */ report) => report.settled) ? clearView(desk) : nothing}
  ${desk.data.reports.length ? desk.data.reports.map((/** @type {any} */ report) => reportView(desk, report)) : html`<p class="meta">${desk.say('none')}</p>`}`;

/** @param {Desk} desk */
const clearView = (desk) => drawer(desk.say('clear'), html`<p class="meta">${desk.say('clear_lead')}</p>
  <button ?disabled=${desk.busy} @click=${() => desk.act(() => desk.server.clearReports(), { say: desk.say('done'), reload: true })}>${desk.say('clear')}</button>`);

/** @param {Desk} desk @param {any} report */
function reportView(desk, report) {
  const sent = (/** @type {string} */ words, /** @type {number} */ most) => (words ? html`<bdi>${clip(words, most)}</bdi>` : html`<span class="meta">${desk.say('unsent')}</span>`);
  return html`<article class="box ${report.settled ? 'settled' : ''}" aria-label=${desk.say(report.verdict === 'wrong' ? 'wrong' : 'wrong_source')}>
    <p class="meta">${desk.moment(report.at)}</p>
    <h2>${desk.say(report.verdict === 'wrong' ? 'wrong' : 'wrong_source')}${report.citation ? ` [${report.citation}]` : ''}</h2>
    <dl>
      <dt>${desk.say('question')}</dt><dd>${sent(report.question, 2000)}</dd>
      <dt>${desk.say('answer')}</dt><dd>${sent(report.answer, 5000)}</dd>
      ${report.quote ? html`<dt>${desk.say('quote')}</dt><dd><q>${clip(report.quote, 2000)}</q></dd>` : nothing}
      ${report.comment ? html`<dt>${desk.say('reader')}</dt><dd><q>${clip(report.comment, 2000)}</q></dd>` : nothing}
    </dl>
    ${report.question ? html`<a href="#/trial/${encodeURIComponent(report.question)}">${desk.say('ask_again')}</a>` : nothing}
    ${report.settled ? settledView(desk, report.settled) : settleView(desk, report)}
  </article>`;
}

/** @param {Desk} desk @param {any} settled */
const settledView = (desk, settled) => html`<p class="meta">${desk.say('settled', { name: settled.editor, date: desk.moment(settled.at) })}:
  ${desk.say(settled.outcome === 'none' ? 'nothing' : settled.outcome)}${settled.word ? html`, <q>${clip(settled.word, 500)}</q>` : nothing}</p>`;

/** @param {Desk} desk @param {any} report */
const settleView = (desk, report) => html`<form class="settle" @submit=${(/** @type {SubmitEvent} */ e) => settle(desk, report, fieldsOf(e))}>
  ${field(desk.say('outcome'), html`<select name="outcome"><option value="mended">${desk.say('mended')}</option><option value="right">${desk.say('right')}</option><option value="none">${desk.say('nothing')}</option></select>`)}
  ${field(desk.say('word'), html`<input name="word" maxlength="500">`)}
  <button class="strong" ?disabled=${desk.busy}>${desk.say('settle')}</button></form>`;

/** @param {Desk} desk @param {any} report @param {Record<string, string>} given */
const settle = (desk, report, given) => desk.act(() => desk.server.change(`reports/${report.report}`, given), { say: desk.say('done'), reload: true });
