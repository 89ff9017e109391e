// The questions asked and what became of them: no view, so that it is tested without a browser.
import { told } from './text.js';

/** @typedef {import('./client.js').Client} Client */
/** @typedef {import('./client.js').Citation} Citation */
/** @typedef {import('./client.js').Answer} Answer */

/** One question and its answer so far. */
export class Turn {
  /** @param {number} id @param {string} question */
  constructor(id, question) {
    this.id = id;
    this.question = question;
    /** What was searched for, the conversation resolved. */
    this.standalone = question;
    /** @type {'busy' | 'done' | 'stopped' | 'failed'} */
    this.state = 'busy';
    /** @type {import('./client.js').Sentence[]} */
    this.sentences = [];
    /** What a language model wrote, shown above the quotes. @type {import('./client.js').Sentence[]} */
    this.written = [];
    /** Whether the answer stands as it is without a language model, which is being asked. */
    this.interim = false;
    /** @type {Map<number, Citation>} */
    this.citations = new Map();
    /** @type {Answer | null} */
    this.answer = null;
    /** @type {import('./client.js').Failure | null} */
    this.failure = null;
    /** When the server takes questions again, in ms since 1970. */
    this.until = 0;
    /** What its answer is narrowed to. @type {import('./client.js').Filters} */
    this.filters = {};
    /** @type {'' | 'form' | 'sent' | 'unsent'} */
    this.feedback = '';
    /** Whether its quote is shown in the reader's script too. */
    this.transliterated = false;
    /** Whether a phone shows all of the paragraph. */
    this.unfolded = false;
    /** @type {import('./client.js').Suggestion[]} */ this.further = []; // about the same story; after a refusal one for each article
    /** @type {import('./client.js').Share | null} */ this.share = null;
    /** @type {import('./client.js').Kept | null} */ this.kept = null; // of an answer that somebody shared
  }
}

/** Turns in order; at most one is busy. */
export class Conversation {
  /** @type {Turn[]} */
  turns = [];
  /** @type {AbortController | null} */
  _abort = null;
  _next = 0;

  /**
   * @param {() => Client} client @param {(turn: Turn) => void} changed called after every change
   * @param {() => Promise<unknown>} [ready] settles when a whole answer can be shown with all its buttons: only then is it told to be done
   */
  constructor(client, changed, ready = async () => null) {
    this._client = client;
    this._changed = changed;
    this._ready = ready;
  }

  get busy() {
    return this._abort !== null;
  }

  /** Asks; does nothing without words or while another question is being answered. @param {string} question @param {import('./client.js').Filters} [filters] */
  async ask(question, filters = {}) {
    if (!question.trim() || this.busy) return;
    const turn = Object.assign(new Turn(this._next++, question.trim()), { filters });
    this.turns = [...this.turns, turn];
    await this._run(this.turns.length - 1);
  }

  /** Asks a turn's question again, in its place; `alone` without what was said before it. @param {Turn} turn @param {boolean} [alone] @param {import('./client.js').Filters} [filters] by default its own */
  async retry(turn, alone = false, filters = turn.filters) {
    const at = this.turns.indexOf(turn);
    if (at < 0 || this.busy) return;
    this.turns = this.turns.with(at, Object.assign(new Turn(this._next++, turn.question), { filters }));
    await this._run(at, alone);
  }

  /** Puts an answer that was given before at the end. @param {Answer} answer @param {import('./client.js').Kept} [kept] */
  add(answer, kept) {
    const turn = new Turn(this._next++, answer.question);
    turn.standalone = answer.standalone;
    turn.filters = answer.filters ?? {};
    turn.kept = kept ?? null;
    turn.state = 'done';
    this._take(turn, answer);
    this.turns = [...this.turns, turn];
    return turn;
  }

  /** @param {Turn} turn @param {Answer} answer */
  _take(turn, answer) {
    turn.answer = answer;
    turn.sentences = answer.sentences;
    turn.written = answer.written?.sentences ?? [];
    turn.citations = new Map(answer.citations.map((c) => [c.number, c]));
  }

  stop() {
    this._abort?.abort();
  }

  clear() {
    this.stop();
    this._abort = null;
    this.turns = [];
  }

  /** What was said before a turn, the last six exchanges. @param {number} at */
  history(at) {
    return this.turns
      .slice(0, at)
      .filter((turn) => turn.state === 'done')
      .slice(-6)
      .map((turn) => ({ question: turn.question, answer: told(turn), standalone: turn.standalone }));
  }

  /** @param {number} at @param {boolean} [alone] */
  async _run(at, alone = false) {
    const turn = /** @type {Turn} */ (this.turns[at]);
    const abort = (this._abort = new AbortController());
    this._changed(turn);
    let tries = 2; // what broke off has lost its machine: a proxy asks another one
    do {
      turn.sentences = [];
      turn.failure = await this._client().ask(
        turn.question,
        alone ? [] : this.history(at),
        {
          passages: ({ standalone }) => (turn.standalone = standalone),
          citation: (c) => turn.citations.set(c.number, c),
          delta: (sentence) => {
            turn.sentences = [...turn.sentences, sentence];
            this._changed(turn);
          },
          interim: (answer) => {
            this._take(turn, answer);
            turn.interim = true;
            this._changed(turn);
          },
          written: (sentence) => {
            turn.written = [...turn.written, sentence];
            this._changed(turn);
          },
          answer: (answer) => this._take(turn, answer),
        },
        abort.signal,
        turn.filters,
        alone,
      );
    } while (--tries && turn.failure?.kind === 'cut' && !turn.answer);
    if (turn.answer) await Promise.race([this._ready(), new Promise((stopped) => abort.signal.addEventListener('abort', stopped))]);
    turn.state = turn.answer ? 'done' : abort.signal.aborted ? 'stopped' : 'failed';
    if (this._abort === abort) this._abort = null;
    this._changed(turn);
  }
}
