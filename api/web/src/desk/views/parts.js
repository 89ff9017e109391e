// Pieces that several parts of the desk are made of.
import { html, nothing } from 'lit';
import { clip } from '../../text.js';

/** @typedef {import('../desk.js').Desk} Desk */
/** @typedef {import('../desk.js').Word} Word */

/** The fields of a form as text, each trimmed. @param {SubmitEvent} event @returns {Record<string, string>} */
export function fieldsOf(event) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
}

/** An article in a list: its headline leads to it. @param {Desk} desk @param {any} article @param {unknown} [more] */
export const articleLine = (desk, article, more = nothing) => html`<li>
  <a href="#/articles/${encodeURIComponent(article.id)}" lang=${article.language} dir="auto">${clip(article.title, 300) || clip(article.id, 80)}</a>
  <span class="meta">${more}<bdi>${clip(article.outlet, 100)}</bdi>${day(desk, article)} ${badge(desk, article.status)}</span></li>`;

/** @param {Desk} desk @param {any} article */
const day = (desk, article) => (article.status === 'erased' ? nothing : html`${article.outlet ? ' · ' : ''}<span>${desk.speech.date(article.published) || desk.say('undated')}</span>`);

/** Where an article stands; nothing for one that is simply live. @param {Desk} desk @param {string} status */
export const badge = (desk, status) =>
  status && status !== 'live' ? html`<span class="badge ${status}">${desk.say(/** @type {Word} */ (`s_${status}`)) || status}</span>` : nothing;

/** A field with its label above it. @param {string} label @param {unknown} input @param {unknown} [below] */
export const field = (label, input, below = nothing) => html`<label><span class="label">${label}</span>${input}${below}</label>`;

/** What is at hand to be done opens on demand. @param {string} title @param {unknown} body @param {string} [look] */
export const drawer = (title, body, look = '') => html`<details class="drawer ${look}"><summary>${title}</summary><div class="inside">${body}</div></details>`;

/** An act of the log. @param {Desk} desk @param {any} act @param {boolean} [linked] */
export function actLine(desk, act, linked = false) {
  const detail = ['reason', 'note', 'word'].map((name) => act.detail[name]).find(Boolean);
  const subject = act.act.startsWith('article.') ? html`<a href="#/articles/${encodeURIComponent(act.subject)}">${clip(act.subject, 60)}</a>` : clip(act.subject, 80);
  return html`<li value=${act.number}><span class="when">${desk.moment(act.at)}</span> <bdi>${clip(act.editor, 60)}</bdi>:
    ${desk.say(/** @type {Word} */ (`a_${act.act.replace('.', '_')}`)) || act.act} ${linked ? subject : nothing}
    ${detail ? html`<q>${clip(detail, 300)}</q>` : nothing}</li>`;
}
