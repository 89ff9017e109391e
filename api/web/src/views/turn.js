// One question with its answer: quotes or written sentences, reports side by side, a refusal, or what went wrong.
import { html, nothing } from 'lit';
import { clip, cited, outletOf, safeUrl } from '../text.js';
import { languageOf, trouble } from './announcement.js';
import { cardView } from './card.js';
import { feedbackView } from './feedback.js';
import { furtherQuestions } from './further.js';
import { otherScript } from './script.js';
import { keptNote, shareButton, shareView } from './share.js';
import { sides } from './sides.js';
import { isTimeline, timeline } from './timeline.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../conversation.js').Turn} Turn */
/** @typedef {import('../client.js').Citation} Citation */
/** @typedef {import('../client.js').Sentence} Sentence */

/** Longest text shown of one sentence and of one title, in UTF-16 units: enough for any real one. */
const SENTENCE = 5000;
const TITLE = 300;
/** Sentences in a paragraph: easier to read, and the browser lays out the last one only as a long answer grows. */
const PARAGRAPH = 6;

/** Remarks that are read before the quotes. */
const ABOVE = new Set(['part_missing', 'first_questions']);

/** @param {Chat} chat @param {Turn} turn */
export function turnView(chat, turn) {
  const id = `turn-${turn.id}`;
  return html`<article class="turn" part="turn" id=${id} aria-labelledby="${id}-q">
    <h3 id="${id}-q" part="question" dir="auto"><span class="hidden">${chat.say('you')}: </span>${turn.question}</h3>
    ${bare(turn.standalone) === bare(turn.question) ? nothing
      : html`<p class="meta" part="standalone">${chat.say('searched')} <bdi>${clip(turn.standalone, TITLE)}</bdi></p>`}
    <div class="body">
      <div class="answer" part="answer" lang=${turn.answer?.language ?? chat.spoken}>
        ${keptNote(chat, turn)}
        ${doubts(turn)}
        ${short(turn)}
        ${body(chat, turn)}
        ${notesView(turn.answer?.remarks?.filter(({ kind }) => !ABOVE.has(kind) && kind !== 'single_source'))}
        ${turn.answer?.refusal ? refusal(chat, turn) : nothing}
        ${turn.state === 'busy' ? html`<p class="busy" lang=${chat.spoken}>${chat.say('busy')}</p>` : nothing}
      </div>
      ${chat._card?.turn === turn ? cardView(chat, chat._card) : nothing}
      <footer>${sources(chat, turn)} ${notes(chat, turn)} ${failure(chat, turn)} ${actions(chat, turn)}
        ${shareView(chat, turn)} ${fresh(chat, turn)} ${furtherQuestions(chat, turn)}</footer>
    </div>
  </article>`;
}

/** The answer in a few words; three and more as a list. @param {Turn} turn */
function short({ answer }) {
  const list = answer?.short ?? [];
  const items = list.map((s) => html`<bdi>${clip(s.text, TITLE)}</bdi>`);
  if (list.length > 2) return html`<ul class="short list" part="short">${items.map((item) => html`<li>${item}</li>`)}</ul>`;
  return items.length ? html`<p class="short" part="short">${items}</p>` : nothing;
}

/** Sentences in the form that suits them. @param {Chat} chat @param {Turn} turn */
function body(chat, turn) {
  if (turn.answer?.status === 'conflicting') return sides(chat, turn, sentences);
  if (turn.state === 'done' && isTimeline(turn)) return timeline(turn, (s) => quote(chat, turn, [{ ...s, lead: '' }]));
  return sentences(chat, turn, turn.sentences);
}

/** The first article's quotes in their paragraph, every other article as a line; written sentences run on. @param {Chat} chat @param {Turn} turn @param {Sentence[]} list */
function sentences(chat, turn, list) {
  /** @type {Sentence[][]} */
  const groups = [];
  for (const s of list) {
    const group = s.lead ? undefined : s.verdict === 'quote' ? groups.find((g) => sameArticle(turn, g[0], s)) : groups.at(-1);
    if (group && group[0]?.verdict === s.verdict && (s.verdict === 'quote' || group.length < PARAGRAPH)) group.push(s);
    else groups.push([s]);
  }
  return groups.map((group, i) => group[0]?.verdict !== 'quote' ? paragraph(chat, turn, group) : i ? further(chat, turn, group) : quote(chat, turn, group));
}

/** @param {Turn} turn @param {Sentence} s */
const citationsOf = (turn, s) => s.citations.flatMap((n) => turn.citations.get(n) ?? []);

/** @param {Turn} turn @param {Sentence | undefined} a @param {Sentence} b */
const sameArticle = (turn, a, b) => a && citationsOf(turn, a)[0]?.article_id === citationsOf(turn, b)[0]?.article_id;

/** Letters and digits alone, to compare questions. @param {string} s */
const bare = (s) => s.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** @param {import('../client.js').Note[]} [notes] what Telal says of a quote or an answer, in the answer's language */
const notesView = (notes = []) => notes.map(({ text }) => html`<p class="note" part="note" dir="auto">${clip(text, TITLE)}</p>`);

/** What a reader must know before the quotes: that they may not answer, that something was not looked through. @param {Turn} turn */
function doubts({ answer }) {
  const remarks = answer?.remarks?.filter(({ kind }) => ABOVE.has(kind)) ?? [];
  const said = [...(answer?.notices ?? []).map((text) => ({ kind: '', text })), ...remarks];
  return said.length ? html`<div class="doubt" part="doubt">${notesView(said)}</div>` : nothing;
}

/** A sentence with the short answer in it bold; marks count code points. @param {Sentence} s */
function marked(s) {
  const letters = [...clip(s.text, SENTENCE)];
  /** @param {number} from @param {number} [to] */
  const part = (from, to) => letters.slice(from, to).join('');
  let at = 0;
  return [...(s.marks ?? []).map(([from, to]) => html`${part(at, from)}<strong>${part(from, (at = to))}</strong>`), part(at)];
}

/** What is said before sentences, and once of the citations they rest on: an opinion, updated, corrected. @param {Turn} turn @param {Sentence[]} group */
function around(turn, group) {
  const said = new Map(group.flatMap((s) => citationsOf(turn, s)).flatMap((c) => c.notes ?? []).map((note) => [note.text, note]));
  return { lead: group[0]?.lead ? html`<p class="meta" part="lead">${clip(group[0].lead, TITLE)}</p>` : nothing, notes: notesView([...said.values()]) };
}

/** The best article: its paragraph, the quoted sentences marked in it; what it says elsewhere below. @param {Chat} chat @param {Turn} turn @param {Sentence[]} group */
function quote(chat, turn, group) {
  const first = citationsOf(turn, /** @type {Sentence} */ (group[0]))[0];
  const around = first?.context;
  /** @type {(s: Sentence) => Citation | undefined} */
  const within = (s) => citationsOf(turn, s).find((c) => around && c.article_id === first.article_id && around.start <= c.start && c.end <= around.end);
  const inside = group.filter((s) => s === group[0] || within(s));
  return figure(chat, turn, group, 'quote', html`${block(turn, inside, html`${inParagraph(inside, within, around)}`)}
    ${first && otherScript(chat, turn, first)}
    ${group.filter((s) => !inside.includes(s)).map((s) => block(turn, [s], marked(s)))}`);
}

/** Quoted sentences in the paragraph that they stand in; offsets count code points. @param {Sentence[]} list @param {(s: Sentence) => Citation | undefined} within @param {Citation['context']} around */
function inParagraph(list, within, around) {
  if (!around) return list.map((s) => marked(s));
  const letters = [...clip(around.text, SENTENCE)];
  const quoted = list.map((s) => ({ s, c: /** @type {Citation} */ (within(s)) })).filter(({ c }) => c).sort((a, b) => a.c.start - b.c.start);
  let at = 0;
  const parts = quoted.map(({ s, c }) => {
    const before = letters.slice(at, c.start - around.start).join('');
    at = c.end - around.start;
    return html`${before}<mark part="mark">${marked(s)}</mark>`;
  });
  return [parts, letters.slice(at).join('')];
}

/** Another article that answers too: one line, however often it is cited. @param {Chat} chat @param {Turn} turn @param {Sentence[]} group */
const further = (chat, turn, group) => figure(chat, turn, group, 'further', block(turn, group, group.map((s, i) => [i ? ' … ' : '', marked(s)])));

/** @param {Turn} turn @param {Sentence[]} group @param {unknown} words */
const block = (turn, group, words) => html`<blockquote lang=${group[0] && languageOf(turn, group[0])} dir="auto">${words}</blockquote>`;

/** Quotes of one article with their source. @param {Chat} chat @param {Turn} turn @param {Sentence[]} group @param {string} name @param {unknown} words */
function figure(chat, turn, group, name, words) {
  const list = group.flatMap((s) => citationsOf(turn, s));
  const { lead, notes } = around(turn, group);
  const caption = html`<figcaption lang=${chat.spoken}>${list.map((c, i) => citeButton(chat, turn, c, i === list.length - 1))}</figcaption>`;
  const quoted = [tongue(chat, turn, list[0]), words];
  return html`<figure class=${name} part=${name}>${lead}${name === 'further' ? [caption, quoted] : [quoted, caption]}${notes}</figure>`;
}

/** The language of a quote that is not the question's. @param {Chat} chat @param {Turn} turn @param {Citation} [c] */
function tongue(chat, { answer }, c) {
  const name = answer && c && c.language !== answer.language && chat.tongue(c.language);
  return name ? html`<span class="tongue chip" part="tongue" lang=${chat.spoken}>${name}</span>` : nothing;
}

/** @param {Chat} chat @param {Turn} turn @param {Sentence[]} list */
function paragraph(chat, turn, list) {
  const { lead, notes } = around(turn, list);
  return html`${lead}<p class="written" dir="auto">${list.map((s) =>
    html`<bdi>${marked(s)}</bdi>${citationsOf(turn, s).map((c) => citeButton(chat, turn, c, false))} `)}</p>${notes}`;
}

/** Opens a citation's card: a bare number within a text, or with outlet and day. @param {Chat} chat @param {Turn} turn @param {Citation} c @param {boolean} named */
function citeButton(chat, turn, c, named) {
  const open = chat._card?.turn === turn && chat._card.citation.number === c.number;
  const outlet = outletOf(c);
  const day = chat.day(c.published);
  const brief = c.kind === 'brief' ? chat.say('kind_brief') : '';
  const by = html`<span class="number">${c.number}</span> <span><bdi class="outlet">${outlet}</bdi><span class="hidden">,</span> <span class="chip day">${day}</span>${brief && html` <span class="chip">${brief}</span>`}</span>`;
  return html`<button class=${named ? 'source' : 'number'} part="citation" aria-label="${chat.say('source', { n: c.number })} ${outlet}, ${day} ${brief}"
    aria-expanded=${open} @click=${(/** @type {Event} */ e) => chat._toggleCard(turn, c, e)}>${named ? by : c.number}</button>`;
}

/** Where written sentences rest on sources, the sources are listed. @param {Chat} chat @param {Turn} turn */
function sources(chat, turn) {
  const written = turn.sentences.filter((s) => s.verdict !== 'quote');
  const list = cited(written, turn.citations);
  if (!list.length) return nothing;
  return html`<h4 class="label">${chat.say('sources')}</h4>
    <ol class="sources" part="sources">${list.map((c) => html`<li>
      ${citeButton(chat, turn, c, true)}<span class="title" lang=${c.language} dir="auto">${clip(c.title, TITLE)}</span></li>`)}</ol>`;
}

/** @param {Chat} chat @param {Turn} turn */
function refusal(chat, turn) {
  const r = turn.answer?.refusal;
  const articles = (r?.nearest ?? []).map((near) => {
    const url = safeUrl(near.url);
    const title = clip(near.title, TITLE);
    return html`<li><span lang=${near.language} dir="auto">${url
        ? html`<a href=${url.href} target="_blank" rel="noopener noreferrer">${title}<span class="hidden"> ${chat.say('tab')}</span></a>` : title}</span>
      <span class="meta"><bdi>${outletOf(near)}</bdi>, <span class="day">${chat.day(near.published)}</span></span></li>`;
  });
  return html`<p class="refusal" part="refusal" dir="auto">${r?.message}</p>
    ${articles.length ? html`<ul class="nearest" aria-label=${chat.say('nearest')}>${articles}</ul>` : nothing}`;
}

/** What the reader should know of how the answer came about. @param {Chat} chat @param {Turn} turn */
function notes(chat, { answer: a }) {
  if (!a) return nothing;
  const by = a.answered_by === 'quotes' ? chat.say('quotes') : chat.say('model', { model: clip(a.answered_by, 80) });
  const origin = [
    a.sentences.length ? by : '',
    a.as_of ? chat.say('asof', { date: chat.day(a.as_of) }) : '',
    a.withdrawn ? chat.say('withdrawn', { n: a.withdrawn }) : '',
  ];
  const text = origin.filter(Boolean).join(' ');
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

/** @param {Chat} chat @param {Turn} turn */
function actions(chat, turn) {
  if (turn.state !== 'done') return nothing;
  const copy = html`<button class="quiet" @click=${() => chat._copy(turn)}>${chat.say(chat._copied === turn ? 'copied' : 'copy')}</button>`;
  const otherwise = html`<button class="quiet" @click=${() => chat._askOtherwise(turn)}>${chat.say('otherwise')}</button>`;
  return html`<div class="actions">${turn.sentences.length ? copy : otherwise}${shareButton(chat, turn)}${turn.kept ? nothing : feedbackView(chat, turn)}</div>`;
}

/** Below the last turn. @param {Chat} chat @param {Turn} turn */
function fresh(chat, turn) {
  if (turn !== chat._conversation.turns.at(-1) || chat._conversation.busy) return nothing;
  return html`<p><button class="quiet fresh" @click=${() => chat.clear()}>${chat.say('fresh')}</button></p>`;
}
