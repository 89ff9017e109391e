// A citation's card: who wrote it and when, the quote marked in its paragraph, and the way to the article.
import { html, nothing } from 'lit';
import { LANGUAGES } from '../language.js';
import { byline, clip, placeOf, safeUrl } from '../text.js';
import { closeButton } from './panel.js';
import { badge } from './stories.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../element.js').Paragraph} Paragraph */
/** @typedef {import('../language.js').Key} Key */

/** Opens a citation's card, or closes it when it is open. @param {Chat} chat @param {import('../conversation.js').Turn} turn @param {import('../client.js').Citation} citation @param {Event} event */
export async function toggleCard(chat, turn, citation, event) {
  const opener = /** @type {HTMLElement} */ (event.currentTarget);
  if (chat._card?.turn === turn && chat._card.citation.number === citation.number) return closeCard(chat);
  const paragraph = /** @type {Paragraph} */ ({ state: 'loading', before: '', quote: citation.quote, after: '' });
  const card = (chat._card = { turn, citation, paragraph, opener });
  chat.requestUpdate();
  await chat.updateComplete;
  chat._find('.card h4')?.focus();
  const alone = { before: '', quote: citation.quote, after: '' }; // a headline has no paragraph
  const found = citation.headline ? alone : await context(chat, citation).catch(() => null);
  const same = found?.quote === citation.quote;
  card.paragraph = { ...paragraph, ...(same ? found : {}), state: !found ? 'alone' : same ? 'ready' : 'changed' };
  chat.requestUpdate();
  await chat.updateComplete;
  chat._find('.card')?.scrollIntoView({ block: 'nearest' });
}

/** The paragraph around a quote, and who else carries the article. @param {Chat} chat @param {import('../client.js').Citation} c @returns {Promise<import('../client.js').Context>} */
export async function context(chat, c) {
  const { context: around, outlets } = await chat._client()._get(`articles/${encodeURIComponent(c.article_id)}?start=${c.start}&end=${c.end}`);
  return { ...around, outlets };
}

/** @param {Chat} chat */
export function closeCard(chat) {
  const opener = chat._card?.opener;
  chat._card = null;
  chat.requestUpdate();
  opener?.focus();
}

/** @param {Chat} chat @param {NonNullable<Chat['_card']>} card */
export function cardView(chat, { turn, citation: c, paragraph: p }) {
  const alone = turn.answer?.remarks?.filter(({ kind }) => kind === 'single_source') ?? [];
  const updated = c.modified && c.modified.slice(0, 10) !== c.published?.slice(0, 10) ? chat.say('updated', { date: chat.day(c.modified) }) : '';
  const facts = [
    chat.say(/** @type {Key} */ (`kind_${c.kind}`)) || clip(c.kind, 30),
    chat.day(c.published),
    updated,
    c.status === 'corrected' ? chat.say('corrected') : '',
  ];
  return html`<section class="card" part="card" aria-labelledby="card-title">
    <div class="top"><span class="number" aria-hidden="true">${c.number}</span>
      <span class="hidden">${chat.say('source', { n: c.number })}: </span>${badge(c)}<bdi class="outlet">${byline(c, chat.say)}</bdi>
      ${closeButton(() => closeCard(chat), chat.say('close'))}</div>
    <h4 id="card-title" tabindex="-1" lang=${c.language} dir="auto">${clip(c.title, 300)}</h4>
    <ul class="facts meta">${[...facts, carried(chat, c.outlets ?? p.outlets)].filter(Boolean).map((fact) => html`<li>${fact}</li>`)}
      ${Object.hasOwn(LANGUAGES, c.language) ? html`<li lang=${c.language}>${LANGUAGES[c.language]}</li>` : nothing}</ul>
    <blockquote lang=${c.language} dir="auto">${clip(p.before, 1000)}<mark part="mark">${clip(p.quote, 5000)}</mark>${clip(p.after, 1000)}</blockquote>
    ${alone.map(({ text }) => html`<p class="note" part="note" lang=${turn.answer?.language} dir="auto">${clip(text, 300)}</p>`)}
    ${p.state === 'ready' ? nothing : html`<p class="meta">${chat.say(p.state)}</p>`}
    ${link(chat, c)}
  </section>`;
}

/** Who printed the same story. @param {Chat} chat @param {string[]} [outlets] */
const carried = (chat, outlets = []) => outlets.length > 1 && chat.say('carried', { n: outlets.length, names: clip(outlets.slice(0, 6).join(', '), 300) });

/** The page of its story, and its article: a brief restates it, so only other kinds are linked to the quote's very place. @param {Chat} chat @param {import('../client.js').Citation} c */
function link(chat, c) {
  const url = safeUrl(c.url);
  const host = url?.hostname.replace(/^www\./, '') ?? '';
  const away = (/** @type {string} */ href, /** @type {string} */ text) => html`<a href=${href} target="_blank" rel="noopener noreferrer">${text}<span class="hidden"> ${chat.say('tab')}</span></a>`;
  return html`<p>${away(chat._client().storyPage(c.article_id, chat.spoken), chat.say('whole_story'))} ${url ? away(c.kind === 'brief' ? url.href : placeOf(url, c.quote), chat.say('read', { host })) : nothing}</p>`;
}
