// Asking as a reader, with what was read; a wrong answer becomes a question of the site's own benchmark.
import { html, nothing } from 'lit';
import { clip } from '../../text.js';
import { articleLine, drawer, field, fieldsOf } from './parts.js';
import { pinForm } from './pins.js';

/** @typedef {import('../desk.js').Desk} Desk */

/** The site's own benchmark; and the answer to the question that the address names, if any. @param {Desk} desk @param {string} rest */
export async function loadTrial(desk, rest) {
  const cases = await desk.server.get('cases');
  if (rest && !desk.kept.trial) {
    desk.kept.question = rest;
    desk.kept.trial = asked(rest, await desk.server.change('ask', { question: rest }));
  }
  return cases;
}

/** @param {Desk} desk */
export function trialView(desk) {
  const question = desk.kept.question ?? desk.rest;
  return html`${desk.rest ? html`<h1 tabindex="-1">${desk.say('trial')}</h1>` : nothing}<p class="lead">${desk.say('trial_lead')}</p>
    <form class="line" @submit=${(/** @type {SubmitEvent} */ e) => ask(desk, fieldsOf(e).question ?? '')}>
      ${field(desk.say('question'), html`<input name="question" required maxlength="2000" .value=${question}>`)}
      <button class="strong" ?disabled=${desk.busy}>${desk.say('ask')}</button></form>
    ${desk.busy && desk.kept.asking ? html`<p class="busy">${desk.say('busy')}</p>` : nothing}
    ${desk.kept.trial ? seenView(desk, desk.kept.trial) : nothing}
    <section><h2>${desk.say('cases')}</h2><p class="note">${desk.say('cases_lead')}</p>
      ${desk.data.cases.length ? html`<ul class="list">${desk.data.cases.map((/** @type {any} */ c) => caseView(desk, c))}</ul>` : html`<p class="meta">${desk.say('none')}</p>`}</section>`;
}

/** @param {Desk} desk @param {string} question */
async function ask(desk, question) {
  desk.kept.question = question;
  desk.kept.trial = null;
  desk.kept.asking = true;
  const seen = await desk.act(() => desk.server.change('ask', { question }));
  desk.kept.asking = false;
  desk.kept.trial = seen && asked(question, seen);
  desk.draw();
}

/** With what of the passages a pinned answer may cite. @param {string} question @param {any} seen */
const asked = (question, seen) => ({ question, ...seen, citable: seen.passages.map((/** @type {any} */ p) => ({ article: p, quote: p.best })) });

/** @param {any} trial */
const newPin = ({ question }) => ({ questions: [question], kind: 'text', text: '', last_day: null, cites: [] });

/** @param {Desk} desk @param {any} trial */
const seenView = (desk, trial) => html`<section class="box answer" aria-label=${desk.say('answer')}>
    ${trial.answer.refusal ? html`<h2>${desk.say('refusal')}</h2>` : nothing}
    <p class="reading" lang=${trial.answer.language} dir="auto">${clip(trial.answer.text, 5000)}</p></section>
  ${drawer(desk.say('pin_title'), pinForm(desk, newPin(trial), trial.citable))}
  ${drawer(desk.say('case_title'), caseForm(desk, trial))}
  <section><h2>${desk.say('seen')}</h2><ol class="passages">${trial.passages.map((/** @type {any} */ p) => passageView(desk, p))}</ol></section>`;

/** @param {Desk} desk @param {any} p */
function passageView(desk, p) {
  const at = p.text.indexOf(p.best);
  return html`<li class="box">
    <a href="#/articles/${encodeURIComponent(p.id)}" lang=${p.language} dir="auto">${clip(p.title, 300)}</a>
    <p class="meta"><bdi>${clip(p.outlet, 100)}</bdi> ${desk.speech.date(p.published) || desk.say('undated')} · ${desk.say('likely', { n: desk.share(p.probability) })}</p>
    <blockquote lang=${p.language} dir="auto">${at < 0 ? clip(p.text, 2000) : html`${p.text.slice(0, at)}<mark>${p.best}</mark>${p.text.slice(at + p.best.length)}`}</blockquote></li>`;
}

/** @param {Desk} desk @param {any} trial */
function caseForm(desk, trial) {
  const chosen = [...new Map(trial.passages.map((/** @type {any} */ p) => [p.id, p])).values()];
  return html`<p>${desk.say('case_lead')}</p><form @submit=${(/** @type {SubmitEvent} */ e) => addCase(desk, trial, fieldsOf(e))}>
    ${field(desk.say('case_answer'), html`<input name="answer" maxlength="300">`)}
    ${field(desk.say('case_article'), html`<select name="article"><option value="">${desk.say('case_none')}</option>${chosen.map((/** @type {any} */ p) => html`<option value=${p.id} lang=${p.language}>${clip(p.title, 120)}</option>`)}</select>`)}
    ${field(desk.say('why'), html`<input name="why" maxlength="500">`)}
    <button class="strong" ?disabled=${desk.busy}>${desk.say('case_add')}</button></form>`;
}

/** @param {Desk} desk @param {any} trial @param {Record<string, string>} given */
async function addCase(desk, trial, given) {
  const { article = '', answer = '', why = '' } = given;
  const body = { question: trial.question, language: trial.answer.language, unanswerable: !article, answers: article && answer ? [answer] : [], article, why };
  await desk.act(() => desk.server.change('cases', body), { say: desk.say('done'), reload: true });
}

/** @param {Desk} desk @param {any} one */
const caseView = (desk, one) => html`<li><span lang=${one.language} dir="auto">${clip(one.question, 500)}</span>
  <span class="meta">${one.unanswerable ? desk.say('case_none') : html`<q>${one.answers.join(' · ')}</q>`} ${desk.moment(one.at)}, <bdi>${clip(one.editor, 60)}</bdi>
  <button class="quiet" ?disabled=${desk.busy} @click=${() => desk.act(() => desk.server.change('cases/remove', { id: one.id }), { say: desk.say('done'), reload: true })}>${desk.say('remove')}</button></span>
  ${one.articles.length ? html`<ul>${one.articles.map((/** @type {any} */ a) => articleLine(desk, a))}</ul>` : nothing}</li>`;
