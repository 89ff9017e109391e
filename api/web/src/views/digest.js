// A digest: stories by day or month under the age of the newest, and the way to older ones.
import { html, nothing } from 'lit';
import { dayBefore } from '../text.js';
import { follow } from './actions.js';
import { newest, storiesView } from './stories.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../client.js').Story} Story */

/** Stories of one digest, as the server gives them at most: there may be older ones. */
const FULL = 8;

/** @param {Chat} chat @param {import('../conversation.js').Turn} turn */
export function digestView(chat, turn) {
  const { answer, question, filters } = turn;
  const stories = answer?.digest ?? [];
  if (!stories.length) return nothing;
  const said = answer?.remarks?.some(({ kind }) => kind === 'no_news_then'); // then the server says it
  const groups = grouped(chat, stories);
  const oldest = stories.map(({ published }) => published ?? '').filter(Boolean).sort()[0];
  const ask = () => {
    chat._find('#question')?.focus(); // the button pressed moves away
    chat.ask(question, { ...filters, to: dayBefore(oldest ?? '') });
  };
  return html`<div class="age" lang=${chat.spoken}>${said ? nothing : html`<p>${newest(chat, stories)}</p>`}${turn.state === 'done' ? follow(chat, turn, answer?.language ?? '') : nothing}</div>${groups.map(({ name, stories }) => html`<section class="group">
    ${name ? html`<h4 class="label" lang=${chat.spoken}>${name}</h4>` : nothing}${storiesView(chat, stories, answer?.language ?? '')}</section>`)}
    ${stories.length >= FULL && oldest && oldest > '1' ? html`<p><button class="quiet" lang=${chat.spoken} ?disabled=${chat._conversation.busy} @click=${ask}>${chat.say('older')}</button></p>` : nothing}`;
}

/** By day where all are of one month, else by month; without a name where one heading would stand over all. @param {Chat} chat @param {Story[]} stories */
function grouped(chat, stories) {
  const months = new Set(stories.map(({ published }) => published?.slice(0, 7)));
  const length = months.size > 1 ? 7 : 10;
  /** @type {Map<string, Story[]>} */
  const groups = new Map();
  for (const story of stories) {
    const key = story.published?.slice(0, length) ?? '';
    groups.set(key, [...(groups.get(key) ?? []), story]);
  }
  if (groups.size === 1) return [{ name: '', stories }];
  return [...groups].map(([key, stories]) => ({ name: key ? (length === 7 ? month(chat, key) : chat.day(key)) : chat.say('undated'), stories }));
}

/** A month of a year, e.g. "March 2025". @param {Chat} chat @param {string} iso */
function month({ _speech: speech }, iso) {
  const months = speech?._strings.months?.split(' ');
  const day = new Date(iso);
  return months ? `${months[day.getUTCMonth()]} ${day.getUTCFullYear()}` : new Intl.DateTimeFormat(speech?._tag, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(day);
}
