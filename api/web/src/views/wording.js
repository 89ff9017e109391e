// What a language model wrote, above the quotes: under each sentence the originals that it rests on, and whose wording it is.
import { html, nothing } from 'lit';
import { byline, clip } from '../text.js';
import { cardOf, sourceButton } from './quotes.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../conversation.js').Turn} Turn */
/** @typedef {import('../client.js').Sentence} Sentence */

/** Its place is kept from the moment that a model is asked, so that the quotes below stay where they are. @param {Chat} chat @param {Turn} turn */
export function wording(chat, turn) {
  const asked = turn.state === 'busy' && turn.interim;
  const notice = turn.answer?.written?.notice;
  if (!asked && !notice && !turn.written.length) return nothing;
  return html`<section class="wording" part="wording" aria-busy=${asked} lang=${turn.answer?.language ?? chat.spoken}>
    ${turn.written.map((s) => sentence(chat, turn, s))}${asked ? html`<p class="busy" lang=${chat.spoken}>${chat.say('writing')}</p>` : html`<p class="origin" part="origin" dir="auto">${clip(notice, 600)}</p>`}</section>`;
}

/** Originals in another language stand open; in the same one they are folded. @param {Chat} chat @param {Turn} turn @param {Sentence} s */
function sentence(chat, turn, s) {
  const originals = s.originals ?? [];
  const cited = [...new Set([...s.citations, ...originals.map((o) => o.citation)])].flatMap((n) => turn.citations.get(n) ?? []);
  const foreign = originals.some((o) => base(o.language) !== base(turn.answer?.language ?? chat.spoken));
  const names = [...new Set(cited.map((c) => [`${byline(c, chat.say)}, ${chat.day(c.published)}`, foreign && chat.tongue(c.language)].filter(Boolean).join(' · ')))];
  const shown = cited.map((c) => html`<blockquote lang=${c.language} dir="auto">${originals.filter((o) => o.citation === c.number).map((o) => `${clip(o.text, 5000)} `)}</blockquote>${sourceButton(chat, turn, c)}`);
  return html`<p class="written" dir="auto">${clip(s.text, 5000)}</p>
    <details class=${cited.length > 1 ? 'originals' : 'originals one'} ?open=${foreign}><summary lang=${chat.spoken}>${names.map((name) => html`<bdi>${name}</bdi> `)}</summary>${shown}</details>${cardOf(chat, turn, cited, true)}`;
}

/** The language without its script. @param {string} tag */
const base = (tag) => tag.split('-')[0];
