// Asks a Telal server: every call as a promise of a typed reply, answers also as a stream. For browsers and Node.
import { retryAfter } from './retry.js';
import { eventParser } from './sse.js';

/**
 * @typedef {import('./schema.js').AnswerOut} Answer
 * @typedef {import('./schema.js').SentenceOut} Sentence
 * @typedef {import('./schema.js').CitationOut} Citation
 * @typedef {import('./schema.js').SearchOut} Found
 * @typedef {import('./schema.js').ArticleOut} Article
 * @typedef {import('./schema.js').Problem} Problem
 * @typedef {import('./schema.js').FiltersIn} Filters `from` and `to` are days, YYYY-MM-DD
 * @typedef {{filters?: Filters, history?: {question: string, answer: string}[], conversation?: string, language?: string, as_of?: string, about?: string}} Question `about`: id of the article on whose page it is asked
 * @typedef {{id: string, standalone: string, passages: {passage_id: string, article_id: string, title: string, outlet: string, url: string | null, language: string, score: number, text: string, start: number, end: number}[]}} Passages
 * @typedef {{event: 'passages', data: Passages} | {event: 'citation', data: Citation} | {event: 'delta' | 'written', data: Sentence} | {event: 'interim' | 'answer', data: Answer}} StreamEvent
 * @typedef {{cursor?: string, limit?: number, from?: string, to?: string, language?: string[], outlet?: string[], kind?: string[]}} Listing
 * @typedef {'helpful' | 'wrong' | 'wrong_source'} Verdict
 * @typedef {{method?: string, body?: unknown, query?: Record<string, unknown>, signal?: AbortSignal | undefined}} Sent
 */

/** The server refused or failed. `kind` is for programs: `bad-input`, `no-key`, `not-found`, `too-many-requests`, ... */
export class ProblemError extends Error {
  /** @param {Problem} problem as in RFC 9457 @param {number} [retryAfter] seconds until the server wants to be asked again */
  constructor(problem, retryAfter) {
    super(`${problem.detail} ${problem.hint}`.trim());
    this.name = 'ProblemError';
    this.problem = problem;
    this.status = problem.status;
    this.kind = problem.type.split('/').pop() ?? 'error';
    this.retryAfter = retryAfter;
  }
}

/** A Telal server at one address. Network failures are fetch's own TypeError; `signal` in options stops a call. */
export class Telal {
  /** @param {string} [address] @param {{key?: string, readerToken?: string, fetch?: typeof globalThis.fetch}} [options] a key belongs on a server of yours, never in a page; `readerToken`: what a publisher signed for the reader */
  constructor(address = 'http://127.0.0.1:8000', { key, readerToken, fetch: send = globalThis.fetch } = {}) {
    this.address = address.replace(/\/$/, '');
    this.#key = key;
    this.#readerToken = readerToken;
    this.#fetch = send.bind(globalThis);
  }

  /** @type {string | undefined} */
  #key;
  /** @type {string | undefined} */
  #readerToken;
  /** @type {typeof globalThis.fetch} */
  #fetch;

  /** An answer whose every sentence carries its citations, or a refusal. @param {string} question @param {Question & {signal?: AbortSignal}} [options] @returns {Promise<Answer>} */
  ask(question, { signal, ...rest } = {}) {
    return this.#json('v1/ask', { body: { question, ...rest }, signal });
  }

  /**
   * The events of an answer as it is made: `passages`, then `citation` and `delta` (a quoted sentence), `answer` last. Where a language model is asked, `interim` (the answer without it), `citation` and `written` (its sentences) come before that. Leaving the loop stops the server's work.
   * @param {string} question @param {Question & {signal?: AbortSignal}} [options] @returns {AsyncGenerator<StreamEvent, void>}
   */
  async *stream(question, { signal, ...rest } = {}) {
    const reply = await this.#send('v1/ask', { body: { question, ...rest, stream: true }, signal });
    /** @type {import('./sse.js').ServerEvent[]} */
    const come = [];
    const parse = eventParser((event) => come.push(event));
    const reader = /** @type {ReadableStream<Uint8Array>} */ (reply.body).getReader();
    const text = new TextDecoder();
    let whole = false;
    try {
      for (let part; !(part = await reader.read()).done; ) {
        parse(text.decode(part.value, { stream: true }));
        for (const { event, data } of come.splice(0)) {
          if (event === 'error') throw new ProblemError(JSON.parse(data));
          whole ||= event === 'answer';
          if (['passages', 'citation', 'delta', 'interim', 'written', 'answer'].includes(event)) yield /** @type {StreamEvent} */ ({ event, data: JSON.parse(data) });
        }
      }
    } finally {
      await reader.cancel().catch(() => {}); // closed already, if it was read to its end
    }
    if (!whole) throw new TypeError('The stream ended before the answer was whole.');
  }

  /** Passages for a text, best first. @param {string} query @param {{filters?: Filters, limit?: number}} [options] @returns {Promise<Found>} */
  search(query, options = {}) {
    return this.#json('v1/search', { body: { query, ...options } });
  }

  /** One article; with `start` and `end` of a citation also that stretch in its context. @param {string} id @param {{start?: number, end?: number, revision?: number}} [query] @returns {Promise<Article>} */
  article(id, query = {}) {
    return this.#json(`v1/articles/${encodeURIComponent(id)}`, { query });
  }

  /** A quote in another language, by the server's language model: its `sentences`, none where no translation agrees with the original's figures, and a `notice` to be shown with them. @param {Citation} citation @param {string} language the reader's @returns {Promise<import('./schema.js').WrittenOut>} */
  translation({ article_id, passage_id, start, end, headline }, language) {
    return this.#json(`v1/articles/${encodeURIComponent(article_id)}/translation`, { body: { language, passage_id, start, end, headline } });
  }

  /** A page of articles, the newest first; `next` is the cursor of the page after it. @param {Listing} [query] @returns {Promise<import('./schema.js').ArticlesOut>} */
  articles(query = {}) {
    return this.#json('v1/articles', { query });
  }

  /** Outlets with their languages and dates. @returns {Promise<import('./schema.js').SourcesOut>} */
  sources() {
    return this.#json('v1/sources');
  }

  /** How much the archive holds. @returns {Promise<import('./schema.js').StatsOut>} */
  stats() {
    return this.#json('v1/stats');
  }

  /** Until when the archive was read, and which outlets are silent though they should not be. @param {string} [language] the reader's @returns {Promise<import('./schema.js').StatusOut>} */
  status(language = 'en') {
    return this.#json('v1/status', { query: { language } });
  }

  /** A page of the newest stories, at most 8, one version each, with a question about each; `next` is the cursor of the next page. @param {string} [language] the reader's @param {{cursor?: string, limit?: number, outlet?: string[]}} [query] @returns {Promise<import('./schema.js').StoriesOut>} */
  stories(language = 'en', query = {}) {
    return this.#json('v1/stories', { query: { language, ...query } });
  }

  /** The story that an article tells: its course day by day, its versions, the rest of its matter. @param {string} id of an article @param {string} [language] the reader's @param {{since?: string}} [query] @returns {Promise<import('./schema.js').StoryOut>} */
  story(id, language = 'en', query = {}) {
    return this.#json(`v1/stories/${encodeURIComponent(id)}`, { query: { language, ...query } });
  }

  /** How the independent outlets of a story tell it: differently, most of them, one alone. @param {string} id of an article @param {string} [language] the reader's @param {{in?: string[], outlet?: string[], country?: string[]}} [query] @returns {Promise<import('./schema.js').TellingsOut>} */
  tellings(id, language = 'en', query = {}) {
    return this.#json(`v1/stories/${encodeURIComponent(id)}/tellings`, { query: { language, ...query } });
  }

  /** What the archive knows of a page of the web: the article that stands there, and questions that it answers. @param {string} address @param {string} [language] the reader's @returns {Promise<import('./schema.js').PageOut>} */
  page(address, language = 'en') {
    return this.#json('v1/page', { query: { address, language } });
  }

  /** Questions that the archive answers, at most 4. @param {string} [language] the reader's @param {{limit?: number}} [query] @returns {Promise<import('./schema.js').SuggestionsOut>} */
  suggestions(language = 'en', query = {}) {
    return this.#json('v1/suggestions', { query: { language, ...query } });
  }

  /** A reader's word on an answer. @param {string} id @param {Verdict} verdict @param {{comment?: string, citation?: number, question?: string}} [more] @returns {Promise<void>} */
  async feedback(id, verdict, more = {}) {
    await this.#send('v1/feedback', { body: { id, verdict, ...more } });
  }

  /** Erases a conversation that the server keeps. @param {string} conversation @returns {Promise<void>} */
  async forget(conversation) {
    await this.#send(`v1/conversations/${encodeURIComponent(conversation)}`, { method: 'DELETE' });
  }

  /** Has an address told each change of an answer, signed with the reply's `secret`; needs a key with the scope `follow`. @param {string} question @param {string} url @param {{story?: string, language?: string, filters?: Filters}} [options] `story`: an article whose story is followed, in place of a question ('') @returns {Promise<import('./schema.js').FollowOut>} */
  follow(question, url, options = {}) {
    return this.#json('v1/follows', { body: { question, url, ...options } });
  }

  /** What the key follows, with what became of the last delivery. @returns {Promise<import('./schema.js').FollowsOut>} */
  follows() {
    return this.#json('v1/follows');
  }

  /** Ends a follow of the key. @param {string} id @returns {Promise<void>} */
  async unfollow(id) {
    await this.#send(`v1/follows/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  /** Takes in articles, at most 50; needs a key with the scope `ingest`. @param {Record<string, unknown>[]} articles @returns {Promise<import('./schema.js').PushedOut>} */
  push(articles) {
    return this.#json('v1/admin/articles', { body: { articles } });
  }

  /** Erases an article for good; needs a key with the scope `admin`. @param {string} id @param {string} reason @returns {Promise<void>} */
  async erase(id, reason) {
    await this.#send(`v1/admin/articles/${encodeURIComponent(id)}`, { method: 'DELETE', query: { reason } });
  }

  /** Whether questions can be answered now; throws ProblemError when they cannot. @returns {Promise<import('./schema.js').ReadyOut>} */
  ready() {
    return this.#json('readyz');
  }

  /** @param {string} path @param {Sent} [sent] @returns {Promise<any>} */
  async #json(path, sent) {
    return (await this.#send(path, sent)).json();
  }

  /** @param {string} path @param {Sent} [sent] */
  async #send(path, { method, body, query = {}, signal } = {}) {
    const words = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value]) words.append(name, String(one));
    }
    const reply = await this.#fetch(`${this.address}/${path}${words.size ? `?${words}` : ''}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.#key ? { authorization: `Bearer ${this.#key}` } : {}),
        ...(this.#readerToken ? { 'x-telal-reader': this.#readerToken } : {}),
      },
      body: body === undefined ? null : JSON.stringify(body),
      credentials: 'omit',
      signal: signal ?? null,
    });
    if (!reply.ok) throw new ProblemError(await problemOf(reply), retryAfter(reply.headers.get('retry-after')));
    return reply;
  }
}

/** The problem of a reply, a proxy's own page too. @param {Response} reply @returns {Promise<Problem>} */
async function problemOf(reply) {
  const said = await reply.json().catch(() => null);
  if (typeof said?.detail === 'string' && typeof said.type === 'string') return said;
  const detail = `${reply.url} replied ${reply.status}, and not as Telal does.`;
  return { type: '/problems/error', title: reply.statusText, status: reply.status, detail, hint: "Is the address Telal's?", instance: '' };
}
