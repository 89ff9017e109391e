// A quote in the question's language, in a language model's words, below the original: asked for with a tap, checked by the server.
import { html, nothing } from 'lit';
import { clip } from '../text.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../client.js').Citation} Citation */
/** @typedef {import('../client.js').Written} Written */

/** What was asked for, by its citation. @type {WeakMap<Citation, {open: boolean, busy: boolean, made: Written[], failed: string}>} */
const asked = new WeakMap();

/** The button, and what came of it. @param {Chat} chat @param {string} language the answer's @param {Citation[]} list of one article */
export function translation(chat, language, list) {
  const foreign = list.filter((c, i) => c.translate_label && list.indexOf(c) === i);
  const [first] = foreign;
  if (!first) return nothing;
  const { open, busy, made, failed } = asked.get(first) ?? { open: false, busy: false, made: [], failed: '' };
  const sentences = made.flatMap((one) => one.sentences);
  const notices = [...new Set(made.map((one) => one.notice))];
  const shown = html`${busy ? html`<p class="busy" lang=${chat.spoken}>${chat.say('translating')}</p>` : nothing}${failed ? html`<p class="note" lang=${chat.spoken}>${failed}</p>` : nothing}
    ${sentences.length ? html`<p class="written" lang=${language} dir="auto">${sentences.map((s) => `${clip(s.text, 5000)} `)}</p>` : nothing}
    ${notices.map((notice) => html`<p class="origin" part="origin" lang=${language} dir="auto">${clip(notice, 600)}</p>`)}`;
  return html`<button class="quiet" lang=${language} aria-expanded=${open} @click=${(/** @type {Event} */ event) => toggle(chat, language, foreign, event)}>${clip(first.translate_label, 60)}</button>
    <div class="words" part="translation" aria-live="polite" aria-busy=${busy}>${open ? shown : nothing}</div>`;
}

/** @param {Chat} chat @param {string} language @param {Citation[]} list @param {Event} event */
async function toggle(chat, language, list, event) {
  const button = /** @type {HTMLElement} */ (event.currentTarget);
  const key = /** @type {Citation} */ (list[0]);
  const had = asked.get(key);
  const again = !had || (!had.open && had.failed);
  const now = again ? { open: true, busy: true, made: /** @type {Written[]} */ ([]), failed: '' } : { ...had, open: !had.open };
  asked.set(key, now);
  await show(chat, button);
  if (!again) return;
  try {
    now.made = await Promise.all(list.map((c) => ask(chat, language, c)));
  } catch (error) {
    now.failed = String(/** @type {Error} */ (error).message);
  }
  now.busy = false;
  asked.set(key, { ...now, open: asked.get(key)?.open ?? true }); // closed meanwhile, perhaps
  await show(chat, button);
}

/** Brings into sight what stands below the button, unless the reader has gone elsewhere. @param {Chat} chat @param {HTMLElement} button */
async function show(chat, button) {
  chat.requestUpdate();
  await chat.updateComplete;
  const { top, bottom } = button.getBoundingClientRect();
  if (bottom > 0 && top < innerHeight) button.nextElementSibling?.scrollIntoView({ block: 'nearest' });
}

/** @param {Chat} chat @param {string} language @param {Citation} c @returns {Promise<Written>} */
async function ask(chat, language, { article_id, passage_id, start, end, headline = false }) {
  const body = { language, passage_id, start, end, headline };
  const reply = await chat._client()._fetch(`articles/${encodeURIComponent(article_id)}/translation`, body).catch(() => null);
  if (reply?.ok) return reply.json();
  const status = reply?.status ?? 0;
  if (status === 404 || status === 410) throw new Error(chat.say('changed'));
  const problem = await reply?.json().catch(() => null);
  if (/spent$/.test(problem?.type)) return /** @type {any} */ ({ sentences: [], notice: problem.detail }); // in the answer's language
  const silent = status === 503 && /chat-/.test(problem?.type);
  throw new Error(`${chat.say(!reply ? 'e_network' : status === 429 ? 'e_rate' : silent ? 'e_model' : 'e_busy')} ${chat.say('soon')}`);
}
