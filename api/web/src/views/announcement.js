// What a screen reader hears: that the search began, then the whole answer at once, each quote in its own language.
import { html } from 'lit';

/** @typedef {import('../conversation.js').Turn} Turn */

/** @param {import('../language.js').Speech['say']} say @param {Turn} turn */
export function announcement(say, turn) {
  if (turn.state === 'stopped') return say('stopped');
  if (turn.failure) return trouble(say, turn.failure);
  if (turn.answer?.refusal) return html`<span lang=${turn.answer.language}>${turn.answer.refusal.message}</span>`;
  /** @type {[string, string][]} */
  const runs = []; // of one language: an answer of 200 sentences needs no 200 elements to be heard
  for (const s of turn.written.length ? turn.written : turn.sentences) {
    const language = languageOf(turn, s);
    const last = runs.at(-1);
    if (last?.[0] === language) last[1] += ` ${s.text}`;
    else runs.push([language, s.text]);
  }
  if (turn.answer?.written?.notice) runs.push([turn.answer.language, turn.answer.written.notice]);
  for (const story of turn.answer?.digest ?? []) runs.push([story.language, story.title]);
  const short = (turn.answer?.short ?? []).map((s) => s.said || s.text).join(', ');
  const doubt = ['partial', 'contradicted'].includes(turn.answer?.status ?? '') ? (turn.answer?.notices ?? []) : [];
  return html`${say('answer')}: ${doubt.map((text) => html`<span lang=${turn.answer?.language}>${text}</span> `)}${short ? html`<span lang=${turn.answer?.language}>${short}.</span> ` : ''}${runs.map(([language, text]) => html`<span lang=${language}>${text}</span> `)}${turn.citations.size ? say('count', { n: turn.citations.size }) : ''}`;
}

/** What went wrong, and when to ask again: `wait` is the seconds that are left. @param {import('../language.js').Speech['say']} say @param {import('../client.js').Failure} failure */
export function trouble(say, { kind, wait = 0 }) {
  return `${say(`e_${kind}`)} ${wait > 0 ? say('wait', { n: wait }) : kind === 'busy' ? say('soon') : ''}`;
}

/** A quote speaks its article's language, everything else the answer's. @param {Turn} turn @param {import('../client.js').Sentence} sentence */
export function languageOf(turn, sentence) {
  const first = turn.citations.get(sentence.citations[0] ?? 0);
  return (sentence.verdict === 'quote' && first?.language) || turn.answer?.language || 'und';
}

/** Says in the console what to do where the server may have refused this page's origin, which a page cannot tell from a server that is down. @param {string} endpoint */
export function advise(endpoint) {
  const { origin, hostname } = location;
  const there = new URL(endpoint, origin).origin;
  if (there !== origin) console.warn(`Telal: if ${there} runs, it does not know this site yet. There: telal keys create ${hostname} --public --origin ${origin}`);
}
