// Articles: a list to choose from; one of them with its revisions, and what may be done to it.
import { html, nothing } from 'lit';
import { clip, safeUrl } from '../../text.js';
import { actLine, articleLine, badge, drawer, field, fieldsOf } from './parts.js';

/** @typedef {import('../desk.js').Desk} Desk */
/** @typedef {import('../desk.js').Word} Word */

/** @param {Desk} desk */
export const articlesView = (desk) => html`<form class="line" role="search" @submit=${(/** @type {SubmitEvent} */ e) => look(desk, { query: fieldsOf(e).query ?? '' })}>
    ${field(desk.say('search_label'), html`<input name="query" type="search" maxlength="1000" .value=${desk.search.query ?? ''}>`)}
    <button class="strong">${desk.say('search')}</button></form>
  <div class="row" role="group">
    <button class="choice" aria-pressed=${!Object.values(desk.search).some(Boolean)} @click=${() => look(desk, {})}>${desk.say('newest')}</button>
    ${['held', 'retracted', 'corrected'].map((status) => html`<button class="choice" aria-pressed=${desk.search.status === status} @click=${() => look(desk, { status })}>${desk.say(/** @type {Word} */ (`s_${status}`))}</button>`)}
    ${desk.search.outlet ? html`<button class="choice" aria-pressed="true"><bdi>${clip(desk.search.outlet, 60)}</bdi></button>` : nothing}</div>
  ${drawer(desk.say('new_article'), addView(desk))}
  ${desk.data.articles.length ? html`<ul class="list">${desk.data.articles.map((/** @type {any} */ a) => articleLine(desk, a))}</ul>` : html`<p class="meta">${desk.say('none')}</p>`}`;

/** A new article by form, or a file of records. @param {Desk} desk */
const addView = (desk) => html`<form @submit=${(/** @type {SubmitEvent} */ e) => add(desk, [Object.fromEntries(Object.entries(fieldsOf(e)).filter(([, value]) => value))], e)}>
    ${field(desk.say('headline'), html`<input name="title" required maxlength="1000" dir="auto">`)}
    ${field(desk.say('text'), html`<textarea name="text" required rows="8" dir="auto"></textarea>`)}
    ${field(desk.say('new_outlet'), html`<input name="outlet" required maxlength="200">`)}
    ${field(desk.say('new_address'), html`<input name="url" type="url" maxlength="2000">`)}
    ${field(desk.say('new_day'), html`<input name="published" type="date">`)}
    <button class="strong" ?disabled=${desk.busy}>${desk.say('new_store')}</button></form>
  ${field(desk.say('new_file'), html`<input type="file" accept=".jsonl,.json,.ndjson" @change=${(/** @type {Event} */ e) => addFile(desk, e)}>`)}
  ${desk.kept.pushed ? html`<p role="status">${desk.say('new_stored', { n: desk.kept.pushed.stored })} ${desk.kept.pushed.rejected.map((/** @type {string} */ why) => html`<span class="failure">${clip(why, 300)}</span> `)}</p>` : nothing}`;

/** Most records sent at once; the server takes no more. */
const BATCH = 50;

/** @param {Desk} desk @param {unknown[]} articles @param {Event} event */
async function add(desk, articles, event) {
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  const told = { stored: 0, rejected: /** @type {string[]} */ ([]) };
  for (let at = 0; at < articles.length; at += BATCH) {
    const pushed = await desk.act(() => desk.server.change('articles', { articles: articles.slice(at, at + BATCH) }));
    if (!pushed) break;
    told.stored += pushed.new + pushed.changed;
    told.rejected.push(...pushed.rejected.map((/** @type {any} */ r) => `${at + r.place}: ${r.reason} ${r.detail}`));
  }
  if (told.stored && form instanceof HTMLFormElement) form.reset();
  await desk.load();
  desk.kept.pushed = told;
  desk.draw();
}

/** @param {Desk} desk @param {Event} event */
async function addFile(desk, event) {
  const [file] = /** @type {HTMLInputElement} */ (event.currentTarget).files ?? [];
  if (!file) return;
  const lines = (await file.text()).split('\n').filter((line) => line.trim());
  const records = lines.flatMap((line) => {
    try {
      return [JSON.parse(line)].flat();
    } catch {
      return [{ text: line.slice(0, 100) }]; // the server says what is wrong with it, and where
    }
  });
  await add(desk, records, event);
}

/** @param {Desk} desk @param {Record<string, string>} search */
function look(desk, search) {
  desk.search = { query: '', outlet: '', status: '', ...search };
  return desk.load();
}

/** @param {Desk} desk */
export function articleView(desk) {
  const a = desk.data;
  const erased = a.status === 'erased';
  const url = safeUrl(a.url);
  const certificate = desk.kept.certificate ?? a.acts.findLast((/** @type {any} */ act) => act.act === 'article.erase')?.detail.certificate;
  return html`<p><a href="#/articles">← ${desk.say('articles')}</a></p>
    <h1 tabindex="-1" lang=${a.language ?? nothing} dir="auto">${erased ? desk.say('s_erased') : clip(a.title, 500)}</h1>
    <p class="meta">${erased ? nothing : html`<bdi>${clip(a.outlet, 100)}</bdi> · ${desk.speech.date(a.published) || desk.say('undated')} ${badge(desk, a.status)}`}</p>
    <p class="meta id">${desk.say('id')}: <code>${a.id}</code> <button class="quiet" @click=${() => copy(desk, a.id)}>${desk.say(desk.kept.copied === a.id ? 'copied' : 'copy')}</button></p>
    ${erased && certificate ? certificateView(desk, certificate) : nothing}
    ${erased ? nothing : html`<div class="reading" tabindex="0" role="group" aria-label=${desk.say('text')} lang=${a.language} dir="auto">${clip(a.text, 400_000)}</div>
      ${url ? html`<p><a href=${url.href} target="_blank" rel="noopener noreferrer">${desk.say('read', { host: url.hostname.replace(/^www\./, '') })}</a></p>` : nothing}
      ${actsView(desk, a)}${revisionsView(desk, a.revisions)}
      ${a.copies.length ? html`<section><h2>${desk.say('copies')}</h2><ul class="list">${a.copies.map((/** @type {any} */ c) => articleLine(desk, c))}</ul></section>` : nothing}`}
    ${a.acts.length ? html`<section><h2>${desk.say('acts')}</h2><ol class="list acts">${a.acts.map((/** @type {any} */ act) => actLine(desk, act))}</ol></section>` : nothing}`;
}

/** What may be done to it as it stands. @param {Desk} desk @param {any} a */
function actsView(desk, a) {
  const silent = a.status === 'retracted' || a.status === 'held';
  const reason = () => field(desk.say('why'), html`<input name="reason" required maxlength="1000">`);
  const simple = (/** @type {'retract' | 'hold' | 'release'} */ name) => drawer(desk.say(name), html`<p>${desk.say(`${name}_lead`)}</p>
    <form @submit=${(/** @type {SubmitEvent} */ e) => change(desk, name, { id: a.id, ...fieldsOf(e) })}>${reason()}<button class="strong" ?disabled=${desk.busy}>${desk.say(name)}</button></form>`);
  return html`<div class="drawers">
    ${a.status === 'retracted' ? nothing : drawer(desk.say('correct'), html`<p>${desk.say('correct_lead')}</p>
      <form @submit=${(/** @type {SubmitEvent} */ e) => change(desk, 'correct', { id: a.id, revision: a.revision, ...fieldsOf(e) })}>
        ${field(desk.say('headline'), html`<input name="title" required maxlength="1000" lang=${a.language} .value=${a.title}>`)}
        ${field(desk.say('text'), html`<textarea name="text" required rows="12" lang=${a.language} .value=${a.text}></textarea>`)}
        ${field(desk.say('note'), html`<input name="note" required maxlength="1000">`)}
        <button class="strong" ?disabled=${desk.busy}>${desk.say('correct')}</button></form>`)}
    ${silent ? simple('release') : html`${simple('hold')}${simple('retract')}`}
    ${drawer(desk.say('erase'), html`<p>${desk.say('erase_lead')}</p>
      <form @submit=${(/** @type {SubmitEvent} */ e) => erase(desk, a, fieldsOf(e))}>${reason()}
        ${a.copies.length ? html`<label class="tick"><input type="checkbox" name="copies"> ${desk.say('erase_copies')}</label>` : nothing}
        <label class="tick"><input type="checkbox" name="sure" required> ${desk.say('erase_sure')}</label>
        <button class="grave" ?disabled=${desk.busy}>${desk.say('erase')}</button></form>`, 'grave')}
  </div>`;
}

/** @param {Desk} desk @param {string} what @param {unknown} body */
const change = (desk, what, body) => desk.act(() => desk.server.change(`article/${what}`, body), { say: desk.say('done'), reload: true });

/** @param {Desk} desk @param {any} a @param {Record<string, string>} given */
async function erase(desk, a, given) {
  const certificate = await desk.act(() => desk.server.change('article/erase', { id: a.id, reason: given.reason, copies: given.copies === 'on' }), { say: desk.say('done'), reload: true });
  if (certificate) desk.kept.certificate = certificate;
  desk.draw();
}

/** @param {Desk} desk @param {any} c */
const certificateView = (desk, c) => html`<section class="box certificate" aria-labelledby="certificate"><h2 id="certificate">${desk.say('certificate')}</h2>
  <p>${desk.moment(c.at)}</p><p><q>${clip(c.reason, 1000)}</q></p>
  <ul class="list">${c.articles.map((/** @type {any} */ one) => html`<li><code>${one.id}</code> <button class="quiet" @click=${() => copy(desk, one.id)}>${desk.say(desk.kept.copied === one.id ? 'copied' : 'copy')}</button></li>`)}</ul>
  <p class=${c.clean ? '' : 'failure'}>${c.clean ? desk.say('cert_clean', { n: c.files_searched }) : desk.say('cert_left')}</p>
  ${c.not_searched ? html`<p class="note">${desk.say('cert_unsearched', { what: c.not_searched })}</p>` : nothing}
  <p class="meta"><code>${c.file}</code></p></section>`;

/** @param {Desk} desk @param {any[]} revisions */
const revisionsView = (desk, revisions) =>
  revisions.length < 2 ? nothing : html`<section><h2>${desk.say('revisions')}</h2>${[...revisions].reverse().map((r) => drawer(
    `${desk.say('revision', { n: r.revision })}, ${desk.moment(r.modified) || desk.speech.date(r.published)}`,
    html`${Object.values(r.notes).map((/** @type {any} */ note) => html`<p><q>${clip(note.note ?? note.reason, 1000)}</q></p>`)}
      ${r.difference.length ? html`<div class="difference" dir="auto">${r.difference.filter((/** @type {string} */ line) => !/^(---|\+\+\+|@@)/.test(line)).slice(0, 400).map(differenceLine)}</div>` : html`<p lang=${r.language} dir="auto">${clip(r.title, 500)}</p>`}`,
  ))}</section>`;

/** @param {string} line */
function differenceLine(line) {
  const words = clip(line.slice(1), 3000);
  if (line.startsWith('+')) return html`<ins>${words}</ins>`;
  return line.startsWith('-') ? html`<del>${words}</del>` : html`<span>${words}</span>`;
}

/** @param {Desk} desk @param {string} id */
async function copy(desk, id) {
  await navigator.clipboard.writeText(id).then(() => (desk.kept.copied = id)).catch(() => {}); // where copying is blocked the id can be marked by hand
  desk.draw();
}
