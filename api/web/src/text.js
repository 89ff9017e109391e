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

/** Whose facts a brief restates: an outlet's name stays as it is, Telal's founding document has one in each language. @param {string | undefined} from @param {import('./language.js').Speech['say']} say */
const named = (from, say) => (/founding document$/.test(from ?? '') ? say('founding') : clip(from, 300));

/** The outlet; of a brief of the archive's own that it is one, and whose facts it restates. @param {{outlet: string, facts_from?: string}} source @param {import('./language.js').Speech['say']} say */
export const byline = ({ outlet, facts_from: from }, say) => (from ? say('brief_by', { name: clip(outlet, 300), outlet: named(from, say) }) : clip(outlet, 300));

/** The outlet and whose facts it restates, in the least room. @param {{outlet: string, facts_from?: string}} source @param {import('./language.js').Speech['say']} say */
export const names = ({ outlet, facts_from: from }, say) => clip([outlet, named(from, say)].filter(Boolean).join(' · '), 60);

/** What an answer says, to go on from: what a model wrote, else the quotes, else the headlines of a digest. @param {import('./conversation.js').Turn} turn */
export const told = ({ written, sentences, answer }) => {
  const said = (written.length ? written : sentences).map((s) => s.text + s.citations.map((n) => `[${n}]`).join(''));
  return [...said, ...(answer?.digest ?? []).map((story) => story.title)].join(' ').slice(0, 20_000);
};

/** The citations that sentences rest on, in the order of their numbers. @param {Sentence[]} sentences @param {Map<number, Citation>} citations */
export function cited(sentences, citations) {
  const used = new Set(sentences.flatMap((s) => s.citations));
  return [...citations.values()].filter((c) => used.has(c.number)).sort((a, b) => a.number - b.number);
}

/**
 * Question, answer and sources as plain text: the short answer first, a doubt before the quotes.
 * @param {import('./conversation.js').Turn} turn @param {(iso: string | null) => string} day @param {import('./language.js').Speech['say']} say
 */
export function plainText({ question, sentences, written, citations, answer }, day, say) {
  /** @param {Sentence} s */
  const line = (s) => (s.verdict === 'quote' ? `“${s.text}”` : s.text) + s.citations.map((n) => ` [${n}]`).join('');
  /** @param {string} first @param {import('./client.js').Source} c */
  const source = (first, c) => [first + byline(c, say), day(c.published), c.title, safeUrl(c.url)?.href].filter(Boolean).join(', ');
  const notice = answer?.written?.notice ? [answer.written.notice, ''] : [];
  const pinned = (answer?.remarks ?? []).filter((note) => note.kind === 'newsroom').map((note) => note.text);
  const stories = (answer?.digest ?? []).map((story) => source('', story));
  const short = (answer?.short ?? []).map((s) => (s.said || s.text) + s.citations.map((n) => ` [${n}]`).join('')).join(', ');
  const sources = cited([...written, ...sentences], citations).map((c) => source(`[${c.number}] `, c));
  return [question, '', ...(short ? [short, ''] : []), ...written.map(line), ...notice, ...pinned, ...(answer?.notices ?? []), ...sentences.map(line), ...stories, '', ...sources].join('\n');
}

/** The day before one, as YYYY-MM-DD. @param {string} iso */
export const dayBefore = (iso) => new Date(Date.parse(iso.slice(0, 10)) - 86_400_000).toISOString().slice(0, 10);

/** With room between the paragraphs of an article's text. @param {string} text */
export const apart = (text) => text.replace(/\n+/g, '\n\n');
