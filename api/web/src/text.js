// Small pure functions on text that comes from elsewhere: addresses, lengths, a copy for the clipboard.

/** @typedef {import('./client.js').Citation} Citation */
/** @typedef {import('./client.js').Sentence} Sentence */

/** The address when it is http or https, else null: `javascript:` and the like never become links. @param {unknown} address */
export function safeUrl(address) {
  try {
    const url = new URL(String(address));
    return /^https?:$/.test(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/** Escapes what means something in a text directive. @param {string} s */
const escape = (s) => encodeURIComponent(s).replaceAll('-', '%2D');

/**
 * The address of a quote's place in its article: https://wicg.github.io/scroll-to-text-fragment/. Long quotes are named by their first and last words.
 * @param {URL} url @param {string} quote
 */
export function placeOf(url, quote) {
  const words = quote.trim().split(/\s+/);
  const directive = words.length < 12 ? escape(words.join(' ')) : `${escape(words.slice(0, 5).join(' '))},${escape(words.slice(-5).join(' '))}`;
  return `${url.href}${url.hash ? '' : '#'}:~:text=${directive}`;
}

/** At most `limit` characters, with an ellipsis where it was cut: a title of a megabyte must not stall the page. @param {unknown} text @param {number} limit */
export function clip(text, limit) {
  const s = String(text ?? '');
  return s.length > limit ? `${s.slice(0, limit)}…` : s;
}

/** An outlet as people know it: a brief names the one whose facts it restates, its own kind is said beside. @param {{outlet: string, kind?: string}} c */
export const outletOf = ({ outlet, kind }) => clip(kind === 'brief' || kind === undefined ? String(outlet).replace(/^Telal, after /, '') : outlet, 300);

/** The citations that sentences rest on, in the order of their numbers. @param {Sentence[]} sentences @param {Map<number, Citation>} citations */
export function cited(sentences, citations) {
  const used = new Set(sentences.flatMap((s) => s.citations));
  return [...citations.values()].filter((c) => used.has(c.number)).sort((a, b) => a.number - b.number);
}

/**
 * Question, answer and sources as plain text.
 * @param {{question: string, sentences: Sentence[], citations: Map<number, Citation>}} turn @param {(iso: string | null) => string} day
 */
export function plainText({ question, sentences, citations }, day) {
  const answer = sentences.map((s) => (s.verdict === 'quote' ? `“${s.text}”` : s.text) + s.citations.map((n) => ` [${n}]`).join(''));
  const sources = cited(sentences, citations).map((c) =>
    [`[${c.number}] ${outletOf(c)}`, day(c.published), c.title, safeUrl(c.url)?.href].filter(Boolean).join(', '),
  );
  return [question, '', ...answer, '', ...sources].join('\n');
}
