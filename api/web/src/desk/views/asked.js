// What readers asked: counts by day and language, the stories asked about, names sought in vain, questions if they are kept.
import { html, nothing } from 'lit';
import { LANGUAGES } from '../../language.js';
import { clip } from '../../text.js';
import { articleLine } from './parts.js';

/** @typedef {import('../desk.js').Desk} Desk */
/** @typedef {import('../desk.js').Word} Word */

const OUTCOMES = ['answered', 'hedged', 'conflicting', 'contradicted', 'refused', 'talk'];

/** @param {Desk} desk */
export function askedView(desk) {
  const { days, languages, stories, missing, untranslated, sought, keep_days: kept } = desk.data;
  return html`<p class="lead">${desk.say('asked_lead')}</p>
    <div class="row" role="group">${[7, 30, 90].map((n) => html`<button class="choice" aria-pressed=${n === desk.days} @click=${() => choose(desk, n)}>${desk.say('last', { n })}</button>`)}</div>
    <div class="columns">
      <section><h2>${desk.say('by_day')}</h2>${table(desk, 'day', days, (row) => desk.speech.date(row.day))}</section>
      <section><h2>${desk.say('by_language')}</h2>${table(desk, 'language', languages, (row) => LANGUAGES[row.language] ?? row.language)}
        ${untranslated ? html`<p class="note">${desk.say('untranslated', { n: untranslated })}</p>` : nothing}</section>
      <section><h2>${desk.say('most_asked')}</h2>${storyList(desk, stories)}</section>
      <section><h2>${desk.say('missing')}</h2><p class="note">${desk.say('missing_lead')}</p>${storyList(desk, missing)}</section>
      <section><h2>${desk.say('sought')}</h2><p class="note">${desk.say('sought_lead')}</p>
        ${sought.length ? html`<ul class="list">${sought.map((/** @type {any} */ s) => html`<li><bdi>${clip(s.name, 100)}</bdi> <span class="meta">${desk.say('times', { n: s.count })}</span></li>`)}</ul>` : none(desk)}</section>
      <section><h2>${desk.say('keeping')}</h2>
        <p>${kept ? desk.say('keeping_on', { n: kept }) : desk.say('keeping_off')}</p><p class="note">${desk.say('keeping_lead')}</p>
        <div class="row">${[7, 30, 90].filter((n) => n !== kept).map((n) => html`<button ?disabled=${desk.busy} @click=${() => keep(desk, n)}>${desk.say('keep_for', { n })}</button>`)}
          ${kept ? html`<button class="grave" ?disabled=${desk.busy} @click=${() => keep(desk, 0)}>${desk.say('keep_none')}</button>` : nothing}</div>
        ${kept ? questions(desk) : nothing}</section>
    </div>`;
}

/** @param {Desk} desk @param {number} days */
function choose(desk, days) {
  desk.days = days;
  return desk.load();
}

/** @param {Desk} desk @param {number} days */
const keep = (desk, days) => desk.act(() => desk.server.change('keeping', { days }, 'PUT'), { say: desk.say('done'), reload: true });

/** @param {Desk} desk */
const none = (desk) => html`<p class="meta">${desk.say('none')}</p>`;

/** Counts, a column an outcome that came up. @param {Desk} desk @param {Word} first @param {any[]} rows @param {(row: any) => string} name */
function table(desk, first, rows, name) {
  if (!rows.length) return none(desk);
  const shown = OUTCOMES.filter((o) => rows.some((row) => row[o]));
  const sum = (/** @type {any} */ row) => shown.reduce((all, o) => all + (row[o] ?? 0), 0);
  return html`<div class="wide" tabindex="0" role="group" aria-label=${desk.say(first)}><table>
    <thead><tr><th scope="col">${desk.say(first)}</th>${shown.map((o) => html`<th scope="col">${desk.say(/** @type {Word} */ (`o_${o}`))}</th>`)}<th scope="col">${desk.say('total')}</th></tr></thead>
    <tbody>${[...rows].reverse().slice(0, 90).map((row) => html`<tr><th scope="row">${name(row)}</th>${shown.map((o) => html`<td>${row[o] ?? 0}</td>`)}<td>${sum(row)}</td></tr>`)}</tbody>
  </table></div>`;
}

/** @param {Desk} desk @param {any[]} stories */
const storyList = (desk, stories) =>
  stories.length ? html`<ol class="list">${stories.map((s) => articleLine(desk, s, html`<b>${desk.say('times', { n: s.count })}</b> `))}</ol>` : none(desk);

/** @param {Desk} desk */
const questions = (desk) => html`<ul class="list">${desk.data.questions.map((/** @type {any} */ q) => html`<li lang=${q.language} dir="auto">${clip(q.question, 500)}
  <span class="meta" lang=${desk.speech.language}>${desk.moment(q.at)}, ${desk.say(/** @type {Word} */ (`o_${q.outcome}`))}</span></li>`)}</ul>`;
