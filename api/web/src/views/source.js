// A source in one quiet line: outlet, day, headline, and its language where that is another than the answer's.
import { html } from 'lit';
import { byline, clip } from '../text.js';
import { badge } from './stories.js';

/** @typedef {import('../element.js').TelalChat} Chat */

/** @param {Chat} chat @param {import('../client.js').Source} source @param {string} [language] the answer's @param {string} [by] who wrote it */
export function sourceLine(chat, source, language, by = byline(source, chat.say)) {
  const tongue = language && source.language !== language && chat.tongue(source.language);
  const day = chat.day(source.published);
  return html`<span><span class="who">${badge(source)}<bdi class="outlet">${by}</bdi>, <span class="day">${day}</span>${tongue ? html` <span class="tongue" part="tongue">${tongue}</span>` : ''}<span class="hidden">${/\d\.$/.test(day) ? '' : ':'}</span></span> <span
    class="title" lang=${source.language} dir="auto">${clip(source.title, 300)}</span></span>`;
}
