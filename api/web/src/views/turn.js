// One question with its answer: what a model wrote, quotes, stories, a refusal with what came nearest, or what went wrong.
import { html, nothing } from 'lit';
import { clip } from '../text.js';
import { actions } from './actions.js';
import { trouble } from './announcement.js';
import { digestView } from './digest.js';
import { filterChips } from './filters.js';
import { furtherQuestions } from './further.js';
import { nearest } from './nearest.js';
import { chip, notesView, numberButton, quotes } from './quotes.js';
import { keptNote, shareView } from './share.js';
import { sides } from './sides.js';
import { wording } from './wording.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../conversation.js').Turn} Turn */

/** Longest title shown, in UTF-16 units: enough for any real one. */
const TITLE = 300;

/** Remarks that are read before the quotes. */
const ABOVE = new Set(['newsroom', 'foreign', 'part_missing', 'first_questions']);

/** How an answer is marked that states nothing. @type {Record<string, string>} */
const CLASSES = { partial: 'unsure', contradicted: 'unsure denied' };

/** @param {Chat} chat @param {Turn} turn */
export function turnView(chat, turn) {
  const id = `turn-${turn.id}`;
  const remarks = turn.answer?.remarks?.filter(({ kind }) => !ABOVE.has(kind) && kind !== 'single_source');
  return html`<article class="turn" part="turn" id=${id} aria-labelledby="${id}-q">
    <h3 id="${id}-q" part="question" dir="auto"><span class="hidden">${chat.say('you')}: </span>${turn.question}</h3>
    ${searched(chat, turn)}
    ${filterChips(chat, turn)}
    <div class="answer ${CLASSES[turn.answer?.status ?? ''] ?? ''}" part="answer" lang=${turn.answer?.language ?? chat.spoken}>
      ${keptNote(chat, turn)}
      ${doubts(turn)}
      ${short(chat, turn)}
      ${wording(chat, turn)}
      ${turn.answer?.status === 'conflicting' ? sides(chat, turn, quotes) : quotes(chat, turn, turn.sentences)}
      ${notesView(remarks)}
      ${digestView(chat, turn)}
      ${nearest(chat, turn)}
      ${turn.state === 'busy' && !turn.answer ? html`<p class="busy" lang=${chat.spoken}>${chat.say('busy')}</p>` : nothing}
    </div>
    <footer>${origin(chat, turn)} ${failure(chat, turn)} ${actions(chat, turn)} ${shareView(chat, turn)} ${furtherQuestions(chat, turn)}</footer>
  </article>`;
}

/** What the question was taken to ask about, as a chip that takes it away; else the question as it was searched for, where it is another and a plain one. @param {Chat} chat @param {Turn} turn */
function searched(chat, turn) {
  const { question, standalone, answer } = turn;
  if (bare(standalone) === bare(question) || standalone.includes('(')) return nothing;
  const [disabled, alone] = [chat._conversation.busy || Boolean(turn.kept), () => chat._retry(turn, true)];
  if (standalone.endsWith(question)) {
    const name = clip(standalone.slice(0, -question.length).trim(), TITLE);
    return html`<p class="only meta" part="standalone">${chat.say('subject')} <button class="chip" ?disabled=${disabled} title=${chat.say('only')}
      aria-label=${chat.say('remove', { name })} @click=${alone}><bdi>${name}</bdi><span aria-hidden="true">×</span></button></p>`;
  }
  const only = html` <button class="quiet" ?disabled=${disabled} @click=${alone}>${chat.say('only')}</button>`;
  return html`<p class="meta" part="standalone">${chat.say('searched')} <bdi>${clip(standalone, TITLE)}</bdi>${answer?.used_history ? only : nothing}</p>`;
}

/** Letters and digits alone, to compare questions. @param {string} s */
const bare = (s) => s.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** The answer in a few words with its source; three and more as a list. @param {Chat} chat @param {Turn} turn */
function short(chat, turn) {
  const list = turn.answer?.short ?? [];
  const cited = [...new Set(list.flatMap((s) => s.citations))].flatMap((n) => turn.citations.get(n) ?? []);
  const items = list.map((s, i) => {
    const own = s.citations.flatMap((n) => turn.citations.get(n) ?? []);
    const words = html`<bdi lang=${s.said === s.text && own[0] ? own[0].language : nothing}>${clip(s.said || s.text, TITLE)}</bdi>`;
    if (cited.length > 1) return html`${words}${own.map((c) => numberButton(chat, turn, c))}`;
    return html`${words}${cited[0] && i === list.length - 1 ? html` ${chip(chat, turn, cited[0])}` : nothing}`;
  });
  if (list.length > 2) return html`<ul class="short list" part="short">${items.map((item) => html`<li>${item}</li>`)}</ul>`;
  return items.length ? html`<p class="short" part="short">${items.map((item, i) => [i ? '\u00a0· ' : '', item])}</p>` : nothing;
}

/** What a reader must know before the quotes: that they may not answer, that something was not looked through. @param {Turn} turn */
function doubts({ answer }) {
  const remarks = answer?.remarks?.filter(({ kind }) => ABOVE.has(kind)) ?? [];
  const said = [...(answer?.notices ?? []).map((text) => ({ kind: '', text })), ...remarks];
  return said.length ? html`<div class="doubt" part="doubt">${notesView(said)}</div>` : nothing;
}

/** What the reader should know of how the answer came about. @param {Chat} chat @param {Turn} turn */
function origin(chat, { answer: a }) {
  const gone = (a?.withdrawn ?? 0) + (a?.written?.left_out ?? 0);
  const text = [a?.as_of ? chat.say('asof', { date: chat.day(a.as_of) }) : '', gone ? chat.say('withdrawn', { n: gone }) : ''].filter(Boolean).join(' ');
  return text && html`<p class="origin" part="origin" dir="auto">${text}</p>`;
}

/** @param {Chat} chat @param {Turn} turn */
function failure(chat, turn) {
  const f = turn.failure;
  if (!f && turn.state !== 'stopped') return nothing;
  const wait = Math.ceil((turn.until - Date.now()) / 1000);
  return html`<div class=${f ? 'failure' : 'failure stopped'} part="failure">
    <p>${f ? trouble(chat.say, { ...f, wait }) : chat.say('stopped')}</p>
    ${f?.detail ? html`<p class="meta" dir="auto">${clip(f.detail, TITLE)}</p>` : nothing}
    <button class="quiet" ?disabled=${wait > 0 || chat._conversation.busy} @click=${() => chat._retry(turn)}>${chat.say('retry')}</button>
  </div>`;
}
