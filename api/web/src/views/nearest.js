// A refusal: what Telal says, and the passages that came nearest, each a paragraph with its likeliest sentence marked.
import { html, nothing } from 'lit';
import { apart, clip, safeUrl } from '../text.js';
import { sourceLine } from './source.js';

/** @typedef {import('../element.js').TelalChat} Chat */

/** @param {Chat} chat @param {import('../conversation.js').Turn} turn */
export function nearest(chat, { answer }) {
  const r = answer?.refusal;
  if (!r) return nothing;
  const passages = r.nearest.map((near) => html`<li><figure class="quote" part="quote">${near.excerpt ? excerpt(near.excerpt, near.language) : nothing}
    <figcaption lang=${chat.spoken}>${linked(chat, near, answer.language)}</figcaption></figure></li>`);
  return html`<p class="refusal" part="refusal" dir="auto">${r.message}</p>
    ${passages.length ? html`<ul class="nearest" aria-label=${chat.say('nearest')}>${passages}</ul>` : nothing}`;
}

/** @param {import('../client.js').Excerpt} excerpt its mark counts code points @param {string} language */
function excerpt({ text, mark: [from, to] }, language) {
  const letters = [...clip(text, 5000)];
  /** @param {number} a @param {number} [b] */
  const part = (a, b) => apart(letters.slice(a, b).join(''));
  return html`<blockquote class="words" lang=${language} dir="auto">${part(0, from)}<mark part="mark">${part(from, to)}</mark>${part(to)}</blockquote>`;
}

/** The source, a link where it has an address of the web. @param {Chat} chat @param {import('../client.js').Source} source @param {string} language */
function linked(chat, source, language) {
  const url = safeUrl(source.url);
  const line = sourceLine(chat, source, language);
  return url ? html`<a class="source" href=${url.href} target="_blank" rel="noopener noreferrer">${line}<span class="hidden"> ${chat.say('tab')}</span></a>` : html`<span class="source">${line}</span>`;
}
