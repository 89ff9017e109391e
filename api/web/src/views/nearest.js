// A refusal: what Telal says, and the headlines of the articles that come nearest.
import { html, nothing } from 'lit';
import { names, safeUrl } from '../text.js';
import { sourceLine } from './source.js';

/** @typedef {import('../element.js').TelalChat} Chat */

/** Headlines shown: more would look like an answer. */
const MOST = 3;

/** @param {Chat} chat @param {import('../conversation.js').Turn} turn */
export function nearest(chat, { id, answer }) {
  const r = answer?.refusal;
  if (!r) return nothing;
  const articles = r.nearest.slice(0, MOST).map((near) => html`<li>${linked(chat, near, answer.language)}</li>`);
  return html`<p class="refusal" part="refusal" dir="auto">${r.message}</p>
    ${articles.length ? html`<h4 class="label" id="near-${id}" lang=${chat.spoken}>${chat.say('nearest')}</h4><ul class="nearest" aria-labelledby="near-${id}">${articles}</ul>` : nothing}`;
}

/** The source, a link where it has an address of the web; of a brief of the archive's own to its story. @param {Chat} chat @param {import('../client.js').Source} source @param {string} language */
function linked(chat, source, language) {
  const address = source.facts_from ? chat._client().storyPage(source.article_id, chat.spoken) : safeUrl(source.url)?.href;
  const line = sourceLine(chat, source, language, names(source, chat.say));
  return address ? html`<a class="source" lang=${chat.spoken} href=${address} target="_blank" rel="noopener noreferrer">${line}<span class="hidden"> ${chat.say('tab')}</span></a>` : html`<span class="source" lang=${chat.spoken}>${line}</span>`;
}
