// The last conversations on this device, in the browser's local storage and as a list, so that Back, a reload and another day show them again.

import { StoredList } from './stored.js';

/** @typedef {import('./client.js').Answer} Answer */
/** @typedef {{id: string, at: number, language: string, turns: (Answer | null)[]}} Recent a turn without an answer is null */

const NAME = 'telal recent';
/** Conversations that are kept, the turns of each, and for how long. */
const MOST = 10, TURNS = 20, DAYS = 30;

/** The articles that an answer shows. @param {Answer} answer */
const shown = ({ citations, refusal, digest }) => [...(citations ?? []), ...(refusal?.nearest ?? []), ...(digest ?? [])].map((one) => one.article_id);

/** Without a network, or after two seconds, nothing is held against an article. @param {string} article @returns {Promise<boolean>} */
const erased = (article) =>
  fetch(`/v1/articles/${encodeURIComponent(article)}`, { signal: AbortSignal.timeout(2000) }).then(
    ({ status }) => status === 410,
    () => false,
  );

export class RecentConversations {
  /** @param {() => Storage} storage throws where the browser forbids it @param {() => number} [now] ms since 1970 @param {(article: string) => Promise<boolean>} [gone] whether an article was erased */
  constructor(storage, now = Date.now, gone = erased) {
    /** @type {StoredList<Recent>} the newest first */ this.stored = new StoredList(NAME, storage, (one) => Array.isArray(one?.turns));
    this._now = now;
    this._gone = gone;
  }

  /** The newest first. @returns {Recent[]} */
  all() {
    return this.stored.all().filter(({ at }) => at > this._now() - DAYS * 86_400_000);
  }

  /**
   * The turns of a conversation. Answers from articles that the archive has erased are forgotten: a reader who comes back to them asks anew.
   * @param {string} id
   */
  async turns(id) {
    const turns = this._turns(id);
    const articles = [...new Set(turns.flatMap((turn) => (turn ? shown(turn) : [])))];
    const still = await Promise.all(articles.map(async (article) => !(await this._gone(article))));
    const gone = articles.filter((_, i) => !still[i]);
    if (!gone.length) return turns;
    const left = turns.map((turn) => (turn && shown(turn).some((article) => gone.includes(article)) ? null : turn));
    this.stored.write(this.all().flatMap((one) => (one.id !== id ? one : left.some(Boolean) ? { ...one, turns: left } : [])));
    return left;
  }

  /** @param {string} id */
  _turns(id) {
    return this.all().find((one) => one.id === id)?.turns ?? [];
  }

  /** Keeps the answer at a place of a conversation, and drops what followed it. @param {string} id @param {number} place from 0 @param {Answer} answer @param {string} language the page's */
  keep(id, place, answer, language) {
    if (place >= TURNS) return;
    const turns = this._turns(id).slice(0, place);
    while (turns.length < place) turns.push(null);
    this.stored.write([{ id, at: this._now(), language, turns: [...turns, answer] }, ...this.all().filter((one) => one.id !== id)].slice(0, MOST));
  }

  /** @param {string} [id] by default all */
  forget(id) {
    this.stored.write(id ? this.all().filter((one) => one.id !== id) : []);
  }

  /**
   * Lists them: each with its day and a button that forgets it.
   * @param {import('./device.js').Box} box
   * @param {(question: string, filters: import('./client.js').Filters | undefined, language: string) => string} addressOf
   * @param {(id: string, turns: number, address: string) => void} open
   */
  list({ chat, rows }, addressOf, open) {
    rows(
      chat.say('recent'),
      chat.say(this.stored.lasting ? 'on_device' : 'not_kept'),
      this.all().map(({ id, at, language, turns }) => {
        const first = turns.find((turn) => turn);
        const question = first?.question ?? '';
        const address = addressOf(question, first?.filters, language);
        return { text: question, address, aside: [chat.day(new Date(at).toISOString())], act: () => open(id, turns.length, address), label: chat.say('forget'), drop: () => this.forget(id) };
      }),
    );
  }
}
