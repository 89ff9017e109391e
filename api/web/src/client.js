// Speaks HTTP with Telal, and turns every way of failing into a value that the reader can be told about.
import { retryAfter } from '../client/retry.js';
import { eventParser } from '../client/sse.js';

/**
 * @typedef {'quote' | 'written' | 'supported' | 'newsroom'} Verdict
 * @typedef {{kind: string, text: string}} Note
 * @typedef {{text: string, citations: number[], verdict: Verdict, lead?: string, marks?: [number, number][], originals?: {citation: number, text: string, language: string}[], language?: string}} Sentence
 * @typedef {{article_id: string, title: string, outlet: string, url: string | null, published: string | null, language: string, facts_from?: string}} Source
 * @typedef {{text: string, mark: [number, number]}} Excerpt
 * @typedef {{article_id: string, title: string, outlet: string, url: string | null, language: string}} Version
 * @typedef {Source & {lead: string, also: Version[], question?: {question: string, language: string}}} Story
 * @typedef {Source & {number: number, passage_id: string, modified: string | null, quote: string, start: number, end: number, kind: string, status: string, notes?: Note[], outlets?: string[], translate_label?: string, also?: Version[],
 *   context?: {start: number, end: number, text: string} | null, transliteration?: {script: 'Latn' | 'Cyrl', before: string, quote: string, after: string} | null, headline?: boolean}} Citation
 * @typedef {{id: string, question: string, status: 'answered' | 'partial' | 'conflicting' | 'contradicted' | 'refused', language: string, sentences: Sentence[], citations: Citation[],
 *   refusal: {reason: string, message: string, nearest: (Source & {excerpt?: Excerpt | null})[]} | null, as_of: string | null, answered_by: string, withdrawn: number, notices: string[], text: string, filters?: Filters,
 *   standalone: string, used_history?: boolean, short?: {text: string, said?: string, citations: number[]}[], remarks?: Note[], digest?: Story[], written?: Written | null}} Answer
 * @typedef {{model: string, sentences: Sentence[], left_out: number, no_answer: boolean, notice: string}} Written
 * @typedef {{from?: string, to?: string, languages?: string[], outlets?: string[]}} Filters days as YYYY-MM-DD; without one of them all
 * @typedef {{name: string, articles: number, languages: Record<string, number>}} Outlet
 * @typedef {{question: string, answer: string, standalone?: string}} Earlier
 * @typedef {{before: string, quote: string, after: string, outlets?: string[]}} Context
 * @typedef {{kind: 'network' | 'cut' | 'server' | 'busy' | 'refused' | 'rate', detail?: string, wait?: number}} Failure
 * @typedef {{passages: (found: {standalone: string}) => void, citation: (c: Citation) => void, delta: (s: Sentence) => void, interim: (a: Answer) => void, written: (s: Sentence) => void, answer: (a: Answer) => void}} Handlers
 * @typedef {{question: string, language: string, article_id?: string | null}} Suggestion
 * @typedef {{article: Version | null, questions: Suggestion[], articles: number, outlets: number}} Standing what the archive knows of a page
 * @typedef {{state: 'sending' | 'made' | 'erased' | 'failed', link: string, secret: string, until: string}} Share
 * @typedef {{until: string, gone: number}} Kept
 * @typedef {{id: string, verdict: 'helpful' | 'wrong' | 'wrong_source', comment?: string, citation?: number | null, question?: string, answer?: string, quote?: string}} Feedback question, answer and quote only where the reader ticked that they may be sent
 */

/** The server sends a heartbeat every 15 s; three missed ones mean that the line is dead. */
const SILENCE_MS = 45_000;

/** Events shown in one go: a long answer that comes at once must not keep the page from its readers. */
const AT_ONCE = 8;

/** Lets the browser draw and listen. A timer would wait a second, or a minute, in a tab in the background. */
const breathe = () => new Promise((go) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => go(port1.close());
  port2.postMessage(0);
});

/** 503 and 504 pass: a server that starts, has too much to do, or was too slow. In a stream, a 503 is a machine that was lost. @param {number} status @param {Failure['kind']} [gone] @returns {Failure} */
const failed = (status, gone = 'busy') => ({ kind: status === 503 ? gone : status === 504 ? 'busy' : 'server' });

/** @param {Response} response @returns {Promise<Failure>} */
async function failureOf(response) {
  const problem = await response.json().catch(() => ({})); // a proxy's own error page is no JSON
  const wait = retryAfter(response.headers.get('retry-after'));
  if (response.status === 429) return { kind: 'rate', wait };
  if (response.status >= 500) return { ...failed(response.status), wait };
  return { kind: 'refused', detail: typeof problem.detail === 'string' ? problem.detail : '' };
}

/** Telal's HTTP interface at one address. Sends no cookies. */
export class Client {
  /**
   * @param {string} endpoint base address, e.g. https://telal.example/ @param {string[]} outlets only these, when given
   * @param {string} page the page's language: it decides where a question may be in several; '' when it says none
   * @param {string} [about] id of the article on the page, which "he" and "this" are looked for in
   * @param {string} token what the publisher signed for this reader; where it is refused, the same is asked without it
   */
  constructor(endpoint, outlets = [], page = '', about = undefined, token = '') {
    this.endpoint = endpoint;
    this.outlets = outlets;
    this.page = page;
    this.about = about;
    this.token = token;
  }

  /** @param {string} path @param {unknown} [body] @param {AbortSignal} [signal] @param {string} [method] @param {string} [token] @returns {Promise<Response>} */
  async _fetch(path, body, signal, method = body ? 'POST' : 'GET', token = this.token) {
    const response = await fetch(`${this.endpoint.replace(/\/$/, '')}/v1/${path}`, {
      method,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...(token ? { 'x-telal-reader': encodeURIComponent(token) } : {}) },
      body: body ? JSON.stringify(body) : null,
      credentials: 'omit',
      signal: signal ?? null,
    });
    return token && response.status === 403 ? this._fetch(path, body, signal, method, '') : response;
  }

  /** @param {string} path @param {unknown} [body] sent by POST @returns {Promise<any>} */
  async _get(path, body) {
    const response = await this._fetch(path, body);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  }

  /** What to answer from: the reader's filters, within the outlets of the site. @param {Filters} [wanted] @returns {Filters} */
  within(wanted = {}) {
    return { ...(this.outlets.length ? { outlets: this.outlets } : {}), ...wanted };
  }

  /**
   * Asks, and hands over each event as it comes. Resolves to what went wrong, null when the answer is whole or `signal` stopped it.
   * @param {string} question @param {Earlier[]} history @param {Handlers} on @param {AbortSignal} signal @param {Filters} [wanted]
   * @param {boolean} [alone] without the page's article @returns {Promise<Failure | null>}
   */
  async ask(question, history, on, signal, wanted, alone = false) {
    const silence = new AbortController();
    let timer = 0;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
    };
    /** @type {Failure | null} */
    let failure = { kind: 'network' }; // until the server replies
    const stop = () => silence.abort();
    signal.addEventListener('abort', stop);
    alive();
    try {
      const filters = this.within(wanted);
      const page = this.page ? { page_language: this.page } : {};
      const response = await this._fetch('ask', { question, history, filters, ...page, about: alone ? undefined : this.about, stream: true }, silence.signal);
      if (!alone && [404, 410].includes(response.status)) return await this.ask(question, history, on, signal, wanted, true); // it has gone
      if (!response.ok || !response.body) return await failureOf(response);
      failure = { kind: 'cut' }; // until the last event has come
      /** @type {import('../client/sse.js').ServerEvent[]} */
      const come = [];
      let shown = 0;
      const parse = eventParser((event) => come.push(event));
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part; !(part = await reader.read()).done; ) {
        alive();
        parse(part.value);
        for (const { event, data } of come.splice(0)) {
          if (++shown % AT_ONCE === 0) await breathe();
          if (silence.signal.aborted) break;
          /** @type {Record<string, ((value: any) => void) | undefined>} */ (on)[event]?.(JSON.parse(data));
          if (event === 'answer') failure = null;
          if (event === 'error') failure = failed(JSON.parse(data).status, 'cut');
        }
      }
    } catch (error) {
      if (!signal.aborted) console.warn('Telal:', error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
    return signal.aborted ? null : failure;
  }

  /** The page of the story that an article tells. @param {string} article @param {string} language */
  storyPage(article, language) {
    return `${this.endpoint.replace(/\/$/, '')}/story/${encodeURIComponent(article)}?lang=${language}`;
  }

  /** @param {string} language @returns {Promise<Suggestion[]>} */
  async suggestions(language) {
    return (await this._get(`suggestions?language=${language}&limit=4`)).suggestions;
  }

  /** A page of the newest stories, each in one version. @param {string} language @param {number} limit @returns {Promise<{stories: Story[], next: string | null}>} */
  stories(language, limit) {
    const only = this.outlets.map((one) => `&outlet=${encodeURIComponent(one)}`).join('');
    return this._get(`stories?language=${language}&limit=${limit}${only}`);
  }
}
