// One question with its answer: quotes or written sentences, reports side by side, a refusal, or what went wrong.
import { html, nothing } from 'lit';
import { clip, cited, safeUrl } from '../text.js';
import { languageOf } from './announcement.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../conversation.js').Turn} Turn */
/** @typedef {import('../client.js').Citation} Citation */
/** @typedef {import('../client.js').Sentence} Sentence */

/** Longest text shown of one sentence and of one title, in UTF-16 units: enough for any real one. */
const SENTENCE = 5000;
const TITLE = 300;
/** Sentences in a paragraph: easier to read, and the browser lays out the last one only as a long answer grows. */
const PARAGRAPH = 6;

/** @param {Chat} chat @param {Turn} turn */
export function turnView(chat, turn) {
  const id = `turn-${turn.id}`;
  return html`<article class="turn" part="turn" id=${id} aria-labelledby="${id}-q">
    <h3 id="${id}-q" part="question" dir="auto"><span class="hidden">${chat.say('you')}: </span>${turn.question}</h3>
    ${bare(turn.standalone) === bare(turn.question) ? nothing
      : html`<p class="meta" part="standalone">${chat.say('searched')} <bdi>${clip(turn.standalone, TITLE)}</bdi></p>`}
    <div class="body">
      <div class="answer" part="answer" lang=${turn.answer?.language ?? chat.spoken}>
        ${turn.answer?.short?.length ? html`<p class="short" part="short">${turn.answer.short.map((s) => html`<bdi>${clip(s.text, TITLE)}</bdi>`)}</p>` : nothing}
        ${turn.answer?.status === 'conflicting' && chat._later ? chat._later.sides(chat, turn, sentences) : sentences(chat, turn, turn.sentences)}
        ${notesView(turn.answer?.remarks)}
        ${turn.answer?.refusal ? refusal(chat, turn.answer) : nothing}
        ${turn.state === 'busy' ? html`<p class="busy" lang=${chat.spoken}>${chat.say('busy')}</p>` : nothing}
      </div>
      ${chat._card?.turn !== turn ? nothing : chat._later?.cardView(chat, chat._card)
        ?? html`<p class="failure">${chat._later === null ? chat.say('e_network') : chat.say('loading')}</p>`}
      <footer>${sources(chat, turn)} ${notes(chat, turn)} ${failure(chat, turn)} ${actions(chat, turn)}</footer>
    </div>
  </article>`;
}

/** Quotes stand alone with their sources beneath, as one where they are one in their article; written sentences run on. @param {Chat} chat @param {Turn} turn @param {Sentence[]} list */
function sentences(chat, turn, list) {
  /** @type {Sentence[][]} */
  const groups = [];
  for (const s of list) {
    const before = groups.at(-1)?.at(-1);
    if (before && (groups.at(-1)?.length ?? 0) < PARAGRAPH && runsOn(turn, before, s)) groups.at(-1)?.push(s);
    else groups.push([s]);
  }
  return groups.map((group) => (group[0]?.verdict === 'quote' ? quote : paragraph)(chat, turn, group));
}

/** @param {Turn} turn @param {Sentence} s */
const citationsOf = (turn, s) => s.citations.flatMap((n) => turn.citations.get(n) ?? []);

/** @param {Turn} turn @param {Sentence} before @param {Sentence} s */
function runsOn(turn, before, s) {
  if (s.lead || before.verdict !== s.verdict) return false;
  if (s.verdict !== 'quote') return true;
  const [a, b] = [before, s].map((quoted) => citationsOf(turn, quoted)[0]);
  return a && b && a.article_id === b.article_id && b.start - a.end < 3 && b.start >= a.end;
}

/** Letters and digits alone, to compare questions. @param {string} s */
const bare = (s) => s.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** @param {import('../client.js').Note[]} [notes] what Telal says of a quote or an answer, in the answer's language */
const notesView = (notes = []) => notes.map(({ text }) => html`<p class="note" part="note" dir="auto">${clip(text, TITLE)}</p>`);

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

/** @param {Chat} chat @param {Turn} turn @param {Sentence[]} group */
function quote(chat, turn, group) {
  const list = group.flatMap((s) => citationsOf(turn, s));
  const byOutlet = list.map((c, i) => citeButton(chat, turn, c, c.article_id !== list[i + 1]?.article_id));
  const { lead, notes } = around(turn, group);
  return html`<figure class="quote" part="quote">${lead}
    <blockquote lang=${group[0] && languageOf(turn, group[0])} dir="auto">${group.map((s, i) => [i ? ' ' : '', marked(s)])}</blockquote>
    <figcaption lang=${chat.spoken}>${byOutlet}</figcaption>${notes}
  </figure>`;
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
  const outlet = clip(c.outlet, TITLE);
  const day = chat.day(c.published);
  const by = html`<span class="number">${c.number}</span> <span><bdi class="outlet">${outlet}</bdi>, ${day}</span>`;
  return html`<button class=${named ? 'source' : 'number'} part="citation" aria-label="${chat.say('source', { n: c.number })} ${outlet}, ${day}"
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

/** @param {Chat} chat @param {import('../client.js').Answer} answer */
function refusal(chat, { refusal: r }) {
  const articles = (r?.nearest ?? []).map((near) => {
    const url = safeUrl(near.url);
    const title = clip(near.title, TITLE);
    return html`<li><span lang=${near.language} dir="auto">${url
        ? html`<a href=${url.href} target="_blank" rel="noopener noreferrer">${title}<span class="hidden"> ${chat.say('tab')}</span></a>` : title}</span>
      <span class="meta"><bdi>${clip(near.outlet, TITLE)}</bdi>, ${chat.day(near.published)}</span></li>`;
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
  /** @param {string} name @param {string} text */
  const line = (name, text) => text && html`<p class=${name} part=${name} dir="auto">${text}</p>`;
  return [a.status === 'partial' ? chat.say('partial') : '', ...a.notices]
    .map((text) => line('note', text))
    .concat(line('origin', origin.filter(Boolean).join(' ')));
}

/** @param {Chat} chat @param {Turn} turn */
function failure(chat, turn) {
  const f = turn.failure;
  if (!f && turn.state !== 'stopped') return nothing;
  const wait = Math.ceil((turn.until - Date.now()) / 1000);
  return html`<div class="failure" part="failure">
    <p>${f ? chat.say(`e_${f.kind}`) : chat.say('stopped')} ${wait > 0 ? chat.say('wait', { n: wait }) : nothing}</p>
    ${f?.detail ? html`<p class="meta" dir="auto">${clip(f.detail, TITLE)}</p>` : nothing}
    <button class="quiet" ?disabled=${wait > 0 || chat._conversation.busy} @click=${() => chat._retry(turn)}>${chat.say('retry')}</button>
  </div>`;
}

/** @param {Chat} chat @param {Turn} turn */
function actions(chat, turn) {
  if (turn.state !== 'done') return nothing;
  const copy = html`<button class="quiet" @click=${() => chat._copy(turn)}>${chat.say(chat._copied === turn ? 'copied' : 'copy')}</button>`;
  return html`<div class="actions">${turn.sentences.length ? copy : nothing}${chat._later?.feedbackView(chat, turn)}</div>`;
}
