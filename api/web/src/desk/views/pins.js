// The newsroom's own answers: the list of those that are pinned, and the form that pins one.
import { html, nothing } from 'lit';
import { clip } from '../../text.js';
import { articleLine, drawer, field, fieldsOf } from './parts.js';

/** @typedef {import('../desk.js').Desk} Desk */
/** @typedef {import('../desk.js').Word} Word */
/** @typedef {{article: any, quote: string, stands?: boolean}} Cite */
/** @typedef {{id?: string, questions: string[], kind: string, text: string, language?: string, last_day: string | null, cites: Cite[]}} Pin */

/** @param {Desk} desk */
export const pinsView = (desk) => html`<p class="lead">${desk.say('pins_lead')}</p>
  ${desk.data.pins.length ? desk.data.pins.map((/** @type {any} */ pin) => pinView(desk, pin)) : html`<p class="meta">${desk.say('none')}</p>`}`;

/** @param {Desk} desk @param {any} pin */
function pinView(desk, pin) {
  const [first = desk.say('s_erased'), ...others] = pin.questions;
  const state = { live: '', ended: desk.say('pin_ended'), void: desk.say('pin_void'), erased: desk.say('pin_erased') }[/** @type {string} */ (pin.state)];
  return html`<article class="box ${pin.state === 'live' ? '' : 'settled'}" aria-label=${first}>
    <h2 dir="auto">${clip(first, 500)}</h2>
    ${others.map((/** @type {string} */ question) => html`<p class="meta" dir="auto">${clip(question, 500)}</p>`)}
    ${state ? html`<p class="failure">${state}</p>` : nothing}
    <p>${pin.text ? html`<span lang=${pin.language} dir="auto">${clip(pin.text, 5000)}</span>` : desk.say(/** @type {Word} */ (`k_${pin.kind}`))}</p>
    ${pin.cites.length ? html`<ul class="list">${pin.cites.map((/** @type {Cite} */ c) => articleLine(desk, c.article, c.quote ? html`<q lang=${c.article.language}>${clip(c.quote, 200)}</q> ` : nothing))}</ul>` : nothing}
    <p class="meta"><bdi>${clip(pin.editor, 60)}</bdi>, ${desk.moment(pin.at)}${pin.last_day ? ` · ${desk.say('pin_until', { date: desk.speech.date(pin.last_day) })}` : nothing}</p>
    ${pin.state === 'erased' ? nothing : drawer(desk.say('edit'), pinForm(desk, pin, pin.cites))}
    <button ?disabled=${desk.busy} @click=${() => desk.act(() => desk.server.change('pins/withdraw', { id: pin.id }), { say: desk.say('done'), reload: true })}>${desk.say('withdraw')}</button>
  </article>`;
}

/** What readers get, its sources, other wordings, its last day. @param {Desk} desk @param {Pin} pin @param {Cite[]} choices what may be cited */
export function pinForm(desk, pin, choices) {
  const named = (/** @type {Cite} */ c) => html`<span lang=${c.article.language} dir="auto">${c.quote ? html`<q>${clip(c.quote, 300)}</q> ` : nothing}${clip(c.article.title, 200)}</span> <span class="meta"><bdi>${clip(c.article.outlet, 100)}</bdi></span>`;
  return html`<form @submit=${(/** @type {SubmitEvent} */ e) => put(desk, pin, choices, e)}>
    ${field(desk.say('pin_kind'), html`<select name="kind">${['text', 'first', 'silence'].map((kind) => html`<option value=${kind} ?selected=${kind === pin.kind}>${desk.say(/** @type {Word} */ (`k_${kind}`))}</option>`)}</select>`)}
    ${field(desk.say('k_text'), html`<textarea name="text" rows="4" maxlength="5000" dir="auto" .value=${pin.text}></textarea>`)}
    <fieldset><legend class="label">${desk.say('pin_cites')}</legend>${choices.map((c, n) => html`<label class="tick"><input type="checkbox" name="cite" value=${n} ?checked=${pin.cites.includes(c)}> <span>${named(c)}</span></label>`)}</fieldset>
    ${field(desk.say('pin_also'), html`<textarea name="questions" rows="3" required dir="auto" .value=${pin.questions.join('\n')}></textarea>`, html`<span class="note">${desk.say('pin_also_note')}</span>`)}
    ${field(desk.say('pin_ends'), html`<input name="last_day" type="date" .value=${pin.last_day ?? ''}>`)}
    <button class="strong" ?disabled=${desk.busy}>${desk.say('pin')}</button></form>`;
}

/** @param {Desk} desk @param {Pin} pin @param {Cite[]} choices @param {SubmitEvent} event */
async function put(desk, pin, choices, event) {
  const chosen = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).getAll('cite').flatMap((n) => choices[Number(n)] ?? []);
  const { kind, text, questions = '', last_day: lastDay } = fieldsOf(event);
  const cites = chosen.map((c) => ({ article: c.article.id, quote: c.quote }));
  const body = { id: pin.id ?? '', kind, text, questions: questions.split('\n').filter((line) => line.trim()), cites, last_day: lastDay || null };
  await desk.act(() => desk.server.change('pins', body), { say: desk.say('done'), reload: Boolean(pin.id) });
}
