// Quotes: the best article's in their paragraph, every other article in a line, each with its source beside it.
import { html, nothing } from 'lit';
import { apart, clip, names } from '../text.js';
import { languageOf } from './announcement.js';
import { cardView, toggleCard } from './card.js';
import { otherScript } from './script.js';
import { sourceLine } from './source.js';
import { alsoIn } from './stories.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../conversation.js').Turn} Turn */
/** @typedef {import('../client.js').Citation} Citation */
/** @typedef {import('../client.js').Sentence} Sentence */

/** Longest text shown of one sentence, in UTF-16 units: enough for any real one. */
const SENTENCE = 5000;

/** Characters of a paragraph that a phone shows on each side of its quotes: about a line. */
const NEAR = 34;

/** The first article in its paragraph, each other one in a line. @param {Chat} chat @param {Turn} turn @param {Sentence[]} list */
export function quotes(chat, turn, list) {
  /** @type {Sentence[][]} */
  const groups = [];
  for (const s of list) {
    const group = s.lead ? undefined : groups.find((g) => g[0]?.verdict === s.verdict && sameArticle(turn, g[0], s));
    if (group) group.push(s);
    else groups.push([s]);
  }
  return groups.map((group, i) => (group[0]?.verdict === 'newsroom' ? own : i ? further : quote)(chat, turn, group));
}

/** The newsroom's own words, over everything that they rest on. @param {Chat} chat @param {Turn} turn @param {Sentence[]} group */
function own(chat, turn, group) {
  const list = group[0] ? citationsOf(turn, group[0]) : [];
  return html`<figure part="newsroom">${group.map((s) => html`<p class="written" lang=${s.language || nothing} dir="auto">${clip(s.text, SENTENCE)}</p>`)}
    <figcaption lang=${chat.spoken}>${list.map((c) => sourceButton(chat, turn, c))}</figcaption></figure>${cardOf(chat, turn, list)}`;
}

/** @param {Turn} turn @param {Sentence} s */
const citationsOf = (turn, s) => s.citations.flatMap((n) => turn.citations.get(n) ?? []);

/** @param {Turn} turn @param {Sentence | undefined} a @param {Sentence} b */
const sameArticle = (turn, a, b) => a && citationsOf(turn, a)[0]?.article_id === citationsOf(turn, b)[0]?.article_id;

/** @param {import('../client.js').Note[]} [notes] what Telal says of a quote or an answer, in the answer's language */
export const notesView = (notes = []) => notes.map(({ text }) => html`<p class="note" part="note" dir="auto">${clip(text, 300)}</p>`);

/** A sentence with the words that likely answer bold; marks count code points. @param {Sentence} s */
function marked(s) {
  const letters = [...clip(s.text, SENTENCE)];
  /** @param {number} from @param {number} [to] */
  const part = (from, to) => letters.slice(from, to).join('');
  let at = 0;
  return [...(s.marks ?? []).map(([from, to]) => html`${part(at, from)}<strong>${part(from, (at = to))}</strong>`), part(at)];
}

/** The best article: its paragraph, the quoted sentences marked in it; what it says elsewhere below. @param {Chat} chat @param {Turn} turn @param {Sentence[]} group */
function quote(chat, turn, group) {
  const first = citationsOf(turn, /** @type {Sentence} */ (group[0]))[0];
  const around = first?.context;
  /** @type {(s: Sentence) => Citation | undefined} */
  const within = (s) => citationsOf(turn, s).find((c) => around && c.article_id === first.article_id && around.start <= c.start && c.end <= around.end);
  const inside = group.filter((s) => s === group[0] || within(s));
  return figure(chat, turn, group, 'quote', html`${block(turn, inside, html`${inParagraph(inside, within, around)}`)}
    ${around && unfold(chat, turn, around, inside.flatMap((s) => within(s) ?? []))}
    ${first && otherScript(chat, turn, first)}
    ${group.filter((s) => !inside.includes(s)).map((s) => block(turn, [s], marked(s)))}`);
}

/** Quoted sentences in the paragraph that they stand in; offsets count code points. @param {Sentence[]} list @param {(s: Sentence) => Citation | undefined} within @param {Citation['context']} around */
function inParagraph(list, within, around) {
  if (!around) return list.map((s) => html`<mark part="mark">${marked(s)}</mark> `);
  const letters = [...clip(around.text, SENTENCE)];
  const quoted = list.map((s) => ({ s, c: /** @type {Citation} */ (within(s)) })).filter(({ c }) => c).sort((a, b) => a.c.start - b.c.start);
  let at = 0;
  const parts = quoted.map(({ s, c }) => {
    const before = letters.slice(at, c.start - around.start);
    const shown = at ? apart(before.join('')) : beginning(before);
    at = c.end - around.start;
    return html`${shown}<mark part="mark">${marked(s)}</mark>`;
  });
  return [parts, rest(letters.slice(at))];
}

/** What stands before the first quote: on a phone only its last words. @param {string[]} letters */
function beginning(letters) {
  const cut = letters.length > NEAR * 1.5 ? letters.indexOf(' ', letters.length - NEAR) + 1 : 0;
  const near = apart(letters.slice(cut).join(''));
  return cut ? html`<span class="far">${apart(letters.slice(0, cut).join(''))}</span><span class="near">${near}</span>` : near;
}

/** What stands behind the last quote: on a phone only its first words. @param {string[]} letters */
function rest(letters) {
  const cut = letters.length > NEAR * 1.5 ? letters.lastIndexOf(' ', NEAR) : -1;
  const near = apart(letters.slice(0, cut < 1 ? undefined : cut).join(''));
  return cut < 1 ? near : html`<span class="near">${near}</span><span class="far">${apart(letters.slice(cut).join(''))}</span>`;
}

/** On a phone, shows all of a paragraph of which only the words beside the quotes stand there. @param {Chat} chat @param {Turn} turn @param {NonNullable<Citation['context']>} around @param {Citation[]} quoted */
function unfold(chat, turn, around, quoted) {
  const [first, last] = [Math.min(...quoted.map((c) => c.start)), Math.max(...quoted.map((c) => c.end))];
  if (Math.max(first - around.start, around.end - last) <= NEAR * 1.5) return nothing;
  const toggle = () => {
    turn.unfolded = !turn.unfolded;
    chat.requestUpdate();
  };
  return html`<button class="quiet more" lang=${chat.spoken} aria-expanded=${turn.unfolded} @click=${toggle}>${chat.say('more')}</button>`;
}

/** Another article that answers too: one line, however often it is cited. @param {Chat} chat @param {Turn} turn @param {Sentence[]} group */
const further = (chat, turn, group) => figure(chat, turn, group, 'further', block(turn, group, group.map((s, i) => [i ? ' … ' : '', marked(s)])));

/** @param {Turn} turn @param {Sentence[]} group @param {unknown} words */
const block = (turn, group, words) => html`<blockquote class=${turn.unfolded ? 'whole' : ''} lang=${group[0] && languageOf(turn, group[0])} dir="auto">${words}</blockquote>`;

/** Quotes of one article with their source, and the card that it opens. @param {Chat} chat @param {Turn} turn @param {Sentence[]} group @param {string} name @param {unknown} words */
function figure(chat, turn, group, name, words) {
  const list = group.flatMap((s) => citationsOf(turn, s));
  const said = new Map(list.flatMap((c) => c.notes ?? []).map((note) => [note.text, note]));
  const lead = group[0]?.lead ? html`<p class="meta" part="lead">${clip(group[0].lead, 300)}</p>` : nothing;
  const last = list.at(-1);
  return html`<figure class=${name} part=${name}><div class="words">${lead}${words}${notesView([...said.values()])}${translated(chat, turn, list)}</div>
    <figcaption lang=${chat.spoken}>${list.slice(0, -1).map((c) => numberButton(chat, turn, c))}${last && sourceButton(chat, turn, last)}${alsoIn(chat, last?.also)}</figcaption>
  </figure>${cardOf(chat, turn, list)}`;
}

/** @type {typeof import('./translation.js').translation | undefined} */
let translation; // loaded with the first quote that a model may translate

/** Once the answer is whole: until then its citations come anew. @param {Chat} chat @param {Turn} turn @param {Citation[]} list */
function translated(chat, turn, list) {
  if (turn.state === 'busy' || !turn.answer || !list.some((c) => c.translate_label)) return nothing;
  if (translation) return translation(chat, turn.answer.language, list);
  import(new URL('translation.js', import.meta.url).href).then((late) => {
    translation = late.translation;
    chat.requestUpdate();
  }, (error) => console.error('Telal:', error)); // the original stands
  return nothing;
}

/** The open card, below what opened it: a quote, or the originals of a written sentence. @param {Chat} chat @param {Turn} turn @param {Citation[]} list @param {boolean} [originals] */
export function cardOf(chat, turn, list, originals = false) {
  const card = chat._card;
  const here = card?.turn === turn && list.some((c) => c.number === card.citation.number) && Boolean(card.opener.closest('.originals')) === originals;
  return here ? cardView(chat, card) : nothing;
}

/** @param {Chat} chat @param {Turn} turn @param {Citation} c */
const opens = (chat, turn, c) => ({
  open: chat._card?.turn === turn && chat._card.citation.number === c.number,
  toggle: (/** @type {Event} */ e) => toggleCard(chat, turn, c, e),
});

/** Opens a citation's card: another place in an article that is named beside it. @param {Chat} chat @param {Turn} turn @param {Citation} c */
export function numberButton(chat, turn, c) {
  const { open, toggle } = opens(chat, turn, c);
  return html`<button class="number" part="citation" aria-label=${chat.say('source', { n: c.number })} aria-expanded=${open} @click=${toggle}>${c.number}</button>`;
}

/** The same in the line of the short answer, with the outlet. @param {Chat} chat @param {Turn} turn @param {Citation} c */
export function chip(chat, turn, c) {
  const { open, toggle } = opens(chat, turn, c);
  return html`<button class="chip" part="citation" lang=${chat.spoken} aria-expanded=${open} @click=${toggle}><span class="hidden">${chat.say('source', { n: c.number })}:</span><span
    class="number" aria-hidden="true">${c.number}</span><bdi>${names(c, chat.say)}</bdi></button>`;
}

/** The same with outlet, day and headline. @param {Chat} chat @param {Turn} turn @param {Citation} c */
export function sourceButton(chat, turn, c) {
  const { open, toggle } = opens(chat, turn, c);
  return html`<button class="source" part="citation" aria-expanded=${open} @click=${toggle}><span class="hidden">${chat.say('source', { n: c.number })}:</span><span
    class="number" aria-hidden="true">${c.number}</span>${sourceLine(chat, c, turn.answer?.language)}</button>`;
}
