// Asking as a reader, with what the engine saw; a wrong answer becomes a question of the site's own benchmark.
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
function seenView(desk, trial) {
  const { answer, passages, threshold } = trial;
  return html`<section class="box answer" aria-label=${desk.say('answer')}>
      ${answer.written ? writtenView(desk, answer.written, answer.language) : nothing}
      ${answer.refusal ? html`<h2>${desk.say('refusal')}</h2><p lang=${answer.language}>${clip(answer.refusal.message, 2000)}</p>` : html`
        ${answer.short.length ? html`<p class="short">${answer.short.map((/** @type {any} */ s) => html`<bdi>${clip(s.said || s.text, 300)}</bdi> `)}</p>` : nothing}
        ${answer.sentences.map((/** @type {any} */ s) => html`<blockquote dir="auto">${clip(s.text, 3000)} <span class="meta">${s.citations.map((/** @type {number} */ n) => `[${n}]`)}</span></blockquote>`)}
        <ol class="list">${answer.citations.map((/** @type {any} */ c) => html`<li value=${c.number}><a href="#/articles/${encodeURIComponent(c.article_id)}" lang=${c.language} dir="auto">${clip(c.title, 300)}</a> <span class="meta"><bdi>${clip(c.outlet, 100)}</bdi> ${desk.speech.date(c.published)}</span></li>`)}</ol>`}
      ${answer.notices.map((/** @type {string} */ n) => html`<p class="note">${n}</p>`)}
      ${judgeable(trial) ? html`<div class="row"><button ?disabled=${desk.busy} @click=${() => judge(desk, trial, true)}>${desk.say('right')}</button>
        <button ?disabled=${desk.busy} @click=${() => judge(desk, trial, false)}>${desk.say('wrong')}</button></div>` : nothing}
    </section>
    ${drawer(desk.say('pin_title'), pinForm(desk, newPin(trial), trial.citable))}
    ${drawer(desk.say('case_title'), caseForm(desk, trial))}
    <section><h2>${desk.say('seen')}</h2>${threshold == null ? nothing : html`<p class="note">${desk.say('threshold', { n: desk.share(threshold) })}</p>`}
      <ol class="passages">${passages.map((/** @type {any} */ p) => passageView(desk, p, threshold))}</ol></section>`;
}

/** Whether an editor's verdict would count for the archive's own curve. @param {any} trial */
const judgeable = ({ answer, judged }) => !judged && answer.confidence != null && !answer.refusal && answer.answered_by !== 'newsroom';

/** @param {Desk} desk @param {any} trial @param {boolean} right */
async function judge(desk, trial, right) {
  const kept = await desk.act(() => desk.server.change('judged', { confidence: trial.answer.confidence, right }).then(() => true), { say: desk.say('done') });
  trial.judged = Boolean(kept);
  desk.draw();
}

/** What a language model wrote over its originals, and why sentences of it are left out. @param {Desk} desk @param {any} written @param {string} language */
const writtenView = (desk, { sentences, notice, reasons }, language) => html`${sentences.map((/** @type {any} */ s) => html`<p lang=${language} dir="auto">${clip(s.text, 3000)}</p>
    ${s.originals.map((/** @type {any} */ o) => html`<blockquote lang=${o.language} dir="auto">${clip(o.text, 3000)} <span class="meta">[${o.citation}]</span></blockquote>`)}`)}
  <p class="note" lang=${language}>${clip(notice, 600)}</p>${reasons.length ? html`<p class="note">${desk.say('left_out', { reasons: reasons.join(', ') })}</p>` : nothing}`;

/** @param {Desk} desk @param {any} p @param {number | null} threshold */
function passageView(desk, p, threshold) {
  const at = p.best ? p.text.indexOf(p.best) : -1;
  const places = [p.dense_rank && desk.say('by_meaning', { n: p.dense_rank }), p.keyword_rank && desk.say('by_words', { n: p.keyword_rank })].filter(Boolean);
  const lacks = [
    p.missing_names.length ? desk.say('lacks', { names: p.missing_names.join(', ') }) : '',
  ].filter(Boolean);
  return html`<li class="box">
    <a href="#/articles/${encodeURIComponent(p.id)}" lang=${p.language} dir="auto">${clip(p.title, 300)}</a>
    <p class="meta"><bdi>${clip(p.outlet, 100)}</bdi> ${desk.speech.date(p.published) || desk.say('undated')}</p>
    <p>${p.probability == null ? desk.say('not_read') : html`${desk.say('likely', { n: desk.share(p.probability) })} <meter min="0" max="1" low=${threshold ?? 0.5} value=${p.probability} aria-label=${desk.say('likely', { n: desk.share(p.probability) })}></meter>`}</p>
    <p class="meta">${places.join(', ')}</p>
    ${lacks.map((what) => html`<p class="failure">${what}</p>`)}
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
  const added = await desk.act(() => desk.server.change('cases', body), { say: desk.say('done'), reload: true });
  if (added && judgeable(trial)) await judge(desk, trial, false);
}

/** @param {Desk} desk @param {any} one */
const caseView = (desk, one) => html`<li><span lang=${one.language} dir="auto">${clip(one.question, 500)}</span>
  <span class="meta">${one.unanswerable ? desk.say('case_none') : html`<q>${one.answers.join(' · ')}</q>`} ${desk.moment(one.at)}, <bdi>${clip(one.editor, 60)}</bdi>
  <button class="quiet" ?disabled=${desk.busy} @click=${() => desk.act(() => desk.server.change('cases/remove', { id: one.id }), { say: desk.say('done'), reload: true })}>${desk.say('remove')}</button></span>
  ${one.articles.length ? html`<ul>${one.articles.map((/** @type {any} */ a) => articleLine(desk, a))}</ul>` : nothing}</li>`;
