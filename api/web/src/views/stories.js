// Stories: the newest ones on the first page, or those that a reader asked for; each one tap from a question about it.
import { html, nothing } from 'lit';
import { byline, clip } from '../text.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../client.js').Story} Story */

/** @param {Chat} chat @param {Story[]} stories @param {string} language the reader's */
export const storiesView = (chat, stories, language) => html`<ol class="stories" part="stories">${stories.map((story) => storyView(chat, story, language))}</ol>`;

/** Days after which news is no longer new, and its age is said. */
const FRESH = 7;

/** Where even the newest of them is old, its day. @param {Chat} chat @param {Story[]} stories */
export function newest(chat, stories) {
  const last = stories.map(({ published }) => published ?? '').sort().at(-1);
  return last && Date.parse(last) < Date.now() - FRESH * 86_400_000 ? html` <span class="meta">${chat.say('newest', { date: chat.day(last) })}</span>` : nothing;
}

/** The letter of an outlet, in one of six tints: no picture of anybody's is asked for. @param {import('../client.js').Source} source */
export function badge({ outlet, facts_from: from }) {
  const [letter = '?'] = (from || outlet).replace(/^the /i, '').match(/[\p{L}\p{N}]/u) ?? [];
  const tint = [...(from || outlet)].reduce((sum, c) => sum + (c.codePointAt(0) ?? 0), 0) % 6;
  return html`<span class="badge b${tint}" data-letter=${letter.toUpperCase()} aria-hidden="true"></span>`;
}

/** @param {Chat} chat @param {Story} story @param {string} language */
function storyView(chat, story, language) {
  const asked = clip(story.question?.question ?? story.title, 2000);
  const ask = () => {
    chat._find('#question')?.focus(); // the button pressed is about to go
    chat.ask(asked);
  };
  const tongue = story.language !== language && chat.tongue(story.language);
  return html`<li class="story" part="story"><h4 lang=${story.language} dir="auto">${linked(chat, story)}</h4>
    ${story.lead ? html`<p class="standfirst" lang=${story.language} dir="auto">${clip(story.lead, 500)}</p>` : nothing}
    <p class="meta">${badge(story)}<bdi class="outlet">${byline(story, chat.say)}</bdi>, <span class="day">${chat.day(story.published)}</span>${tongue ? html` <span class="tongue">${tongue}</span>` : nothing}</p>
    ${alsoIn(chat, story.also)}
    <button class="quiet ask" part="suggestion" lang=${chat.spoken} ?disabled=${chat._conversation.busy} @click=${ask}>${chat.say('about')}<span class="hidden">: <bdi lang=${story.language}>${clip(story.title, 300)}</bdi></span></button></li>`;
}

/** The same story in other languages, folded. @param {Chat} chat @param {import('../client.js').Version[]} [versions] */
export function alsoIn(chat, versions = []) {
  if (!versions.length) return nothing;
  const languages = [...new Set(versions.map((v) => chat.tongue(v.language) || v.language))].join(', ');
  return html`<details class="also"><summary>${chat.say('also', { languages })}</summary><ul>${versions.map((v) => html`<li><span lang=${v.language} dir="auto">${linked(chat, v)}</span> <span class="meta">${byline(v, chat.say)}</span></li>`)}</ul></details>`;
}

/** The headline, a link to the page of its story: on Telal's own page in its place, elsewhere beside it. @param {Chat} chat @param {{title: string, article_id: string}} one */
function linked(chat, { title, article_id: id }) {
  const away = !chat.bare;
  return html`<a href=${chat._client().storyPage(id, chat.spoken)} target=${away ? '_blank' : nothing} rel="noopener">${clip(title || '…', 300)}${away ? html`<span class="hidden" lang=${chat.spoken}> ${chat.say('tab')}</span>` : nothing}</a>`;
}
