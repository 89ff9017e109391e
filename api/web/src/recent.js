// The last conversations on this device, in the browser's local storage and as a list, so that Back, a reload and another day show them again.

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

/** A browser that forbids storage, or whose storage is full, keeps them as long as the page is open. */
export class RecentConversations {
  /** @param {() => Storage} storage throws where the browser forbids it @param {() => number} [now] ms since 1970 @param {(article: string) => Promise<boolean>} [gone] whether an article was erased */
  constructor(storage, now = Date.now, gone = erased) {
    this._storage = storage;
    this._now = now;
    this._gone = gone;
    /** Whether they outlast the page. */ this.lasting = true;
    /** @type {Recent[]} the newest first */ this._list = [];
  }

  /** The newest first; read anew each time, since another tab may have written. @returns {Recent[]} */
  all() {
    if (this.lasting) {
      try {
        const kept = JSON.parse(this._storage().getItem(NAME) ?? '[]');
        this._list = Array.isArray(kept) ? kept.filter((one) => Array.isArray(one?.turns)) : [];
      } catch (error) {
        this._failed(error);
      }
    }
    return (this._list = this._list.filter(({ at }) => at > this._now() - DAYS * 86_400_000));
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
    this._write(this._list.flatMap((one) => (one.id !== id ? one : left.some(Boolean) ? { ...one, turns: left } : [])));
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
    this._write([{ id, at: this._now(), language, turns: [...turns, answer] }, ...this._list.filter((one) => one.id !== id)].slice(0, MOST));
  }

  /** @param {string} [id] by default all */
  forget(id) {
    this._write(id ? this.all().filter((one) => one.id !== id) : []);
  }

  /**
   * Lists them: each with its day and a button that forgets it.
   * @param {HTMLDetailsElement} box @param {import('./element.js').TelalChat} chat
   * @param {(question: string, filters: import('./client.js').Filters | undefined, language: string) => string} addressOf
   * @param {(id: string, turns: number, address: string) => void} open
   */
  list(box, chat, addressOf, open) {
    const all = this.all();
    box.hidden = !all.length;
    box.querySelector('summary')?.replaceChildren(chat.say('recent'));
    /** @param {string} [id] by default all */
    const forget = (id) => {
      this.forget(id);
      this.list(box, chat, addressOf, open);
      if (box.hidden) chat.focusBox();
      else box.querySelector('summary')?.focus();
    };
    /** @param {string} text @param {() => void} act @param {string} [label] */
    const button = (text, act, label) => {
      const made = Object.assign(document.createElement('button'), { type: 'button', textContent: text });
      made.addEventListener('click', act);
      if (label) made.setAttribute('aria-label', label);
      return made;
    };
    const rows = all.map(({ id, at, language, turns }) => {
      const row = document.createElement('li');
      const first = turns.find((turn) => turn);
      const question = first?.question ?? '';
      const link = Object.assign(document.createElement('a'), { href: addressOf(question, first?.filters, language), textContent: question, dir: 'auto' });
      link.addEventListener('click', (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        open(id, turns.length, link.href);
      });
      const day = Object.assign(document.createElement('span'), { textContent: chat.day(new Date(at).toISOString()) });
      row.append(link, day, button('×', () => forget(id), `${chat.say('forget')}: ${question}`));
      return row;
    });
    box.querySelector('ul')?.replaceChildren(...rows);
    box.querySelector('p')?.replaceChildren(chat.say(this.lasting ? 'on_device' : 'not_kept'), ' ', button(chat.say('forget_all'), () => forget()));
  }

  /** Writes them, without the oldest where there is no room for all. @param {Recent[]} list */
  _write(list) {
    this._list = list;
    if (!this.lasting) return;
    for (let most = list.length; ; most = Math.floor(most / 2)) {
      try {
        if (most) this._storage().setItem(NAME, JSON.stringify(list.slice(0, most)));
        else this._storage().removeItem(NAME);
        if (!most && list.length) this._failed('no room');
        return;
      } catch (error) {
        if (!most) return this._failed(error);
      }
    }
  }

  /** @param {unknown} error */
  _failed(error) {
    if (this.lasting) console.warn('Telal:', error);
    this.lasting = false;
  }
}
