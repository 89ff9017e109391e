// What the archive knows of the page on which the widget stands: loaded only where the page says that an article is there.
import { html, nothing } from 'lit';
import { safeUrl } from './text.js';

/** @typedef {import('./element.js').TelalChat} Chat */
/** The id of the page's article, and what is shown of it. @typedef {{about: string, view: (news: unknown) => unknown}} Here */

/** As long as the server takes addresses. */
const LONGEST = 2000;

/** Asks what the archive knows. @param {Chat} chat */
export async function lookUp(chat) {
  const link = /** @type {HTMLLinkElement | null} */ (document.querySelector('link[rel=canonical]'));
  const named = chat.article || link?.href || location.origin + location.pathname;
  const isAddress = !chat.article || /^https?:/i.test(named);
  if (named.length > LONGEST || (isAddress && !safeUrl(named))) return;
  const language = chat._wanted;
  const [held] = await Promise.all([chat._client()._get(`page?language=${language}&${isAddress ? 'address' : 'article'}=${encodeURIComponent(named)}`).catch(() => null), chat._speech?.more()]);
  if (language !== chat._wanted) return; // it was changed meanwhile, and that is asked for by itself
  chat._here = held?.article ? { about: held.article.article_id, view: (news) => hereView(chat, held, news) } : null;
  chat.requestUpdate();
}

/** Questions about the page's article, and the way to its story. @param {Chat} chat @param {import('./client.js').Standing} held @param {unknown} news */
function hereView(chat, held, news) {
  /** @param {string} question */
  const ask = (question) => {
    chat._find('#question')?.focus(); // the button pressed is about to go
    chat.ask(question);
  };
  const story = held.articles > 1 ? html`<p class="meta"><a part="course" href=${chat._client().storyPage(held.article?.article_id ?? '', chat.spoken)} target="_blank" rel="noopener">${chat.say('course')}<span class="hidden"> ${chat.say('tab')}</span></a></p>` : nothing;
  const questions = html`<ul class="suggestions">${held.questions.map(({ question, language }) => html`<li><button part="suggestion" lang=${language} dir="auto" @click=${() => ask(question)}>${question}</button></li>`)}</ul>`;
  return held.questions.length ? html`<h3 class="label">${chat.say('on_page')}</h3>${questions}${story}` : html`${story}${news}`;
}
