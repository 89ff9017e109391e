// The questions and stories that are followed on this device: what is new is told by their feeds, when a reader comes back.
import { StoredList } from './stored.js';

/** `at` and `sum` are the day and the digest of the newest entry that the reader knows; a sum of 0 before the first was seen. @typedef {{feed: string, title: string, at: string, sum: number}} Followed */
/** The newest entry of a feed. @typedef {{title: string, at: string, sum: number, text: string, language: string}} Newest */

/** As many as are kept. */
const MOST = 20;

/** Tells one text from another: the texts themselves are not kept, since an article may be erased. @param {string} text */
const sumOf = (text) => [...text].reduce((sum, c) => (Math.imul(sum, 31) + (c.codePointAt(0) ?? 0)) | 0, 7);

/** A feed, parsed by the browser as it comes: the page's policy lets no text be made into a document. @param {string} feed its address @param {string} method POST begins to follow it at once @returns {Promise<Document>} */
const load = (feed, method) =>
  new Promise((come, fail) => {
    const request = Object.assign(new XMLHttpRequest(), { responseType: 'document', timeout: 20_000 });
    request.onloadend = () => (request.status === 200 && request.responseXML ? come(request.responseXML) : fail(new Error(`${feed}: ${request.status}`, { cause: request.status })));
    request.open(method, feed);
    request.setRequestHeader('accept', 'application/atom+xml');
    request.send();
  });

/** The newest entry of a feed, a question's or a story's. @param {string} feed its address @param {string} [method] @returns {Promise<Newest>} */
async function newest(feed, method = 'GET') {
  const { documentElement: root } = await load(feed, method);
  const of = (/** @type {Element | undefined} */ node, /** @type {string} */ name) => node?.querySelector(`:scope > ${name}`)?.textContent ?? '';
  const [entry] = [...root.querySelectorAll('entry')].sort((a, b) => of(b, 'updated').localeCompare(of(a, 'updated')));
  const told = of(entry, 'content');
  return { title: of(root, 'title'), at: of(entry, 'updated') || new Date().toISOString(), sum: sumOf(told), text: of(entry, 'title'), language: /lang="([\w-]+)"/.exec(told)?.[1] ?? '' };
}

export class FollowedQuestions {
  /** @param {() => Storage} storage throws where the browser forbids it @param {(feed: string, method?: string) => Promise<Newest>} [look] */
  constructor(storage, look = newest) {
    /** @type {StoredList<Followed>} the last followed first */ this.stored = new StoredList('telal followed', storage, (one) => /^\/[^/\\]/.test(one?.feed));
    this._look = look;
  }

  /** @param {string} feed */
  has(feed) {
    return this.stored.all().some((one) => one.feed === feed);
  }

  /** Follows from what is known now; kept at once, since its reader may go on before the server has answered. Rejects where the server cannot, or where so many are followed that one must go first. @param {string} feed */
  async follow(feed) {
    if (this.stored.all().length >= MOST) throw new Error(`${MOST} are followed already`);
    const title = new URL(feed, location.origin).searchParams.get('q') ?? '…';
    this.stored.write([{ feed, title, at: new Date().toISOString(), sum: 0 }, ...this.stored.all()]);
    try {
      this.seen(feed, await this._look(feed, 'POST'));
    } catch (error) {
      if (!(/** @type {Error} */ (error).cause)) return; // no answer, or a reader who has left: it is asked at the next visit
      this.unfollow(feed);
      throw error;
    }
  }

  /** @param {string} [feed] by default all */
  unfollow(feed) {
    this.stored.write(feed ? this.stored.all().filter((one) => one.feed !== feed) : []);
  }

  /** What is new since the reader knew: null where nothing is. A feed that was begun anew tells what was known as if it were new. @param {Followed} one */
  async news({ feed, at, sum }) {
    const found = await this._look(feed);
    if (!sum) return void this.seen(feed, found);
    return found.at > at && found.sum !== sum ? found : null;
  }

  /** What a feed is called: a link may name any, so that its reader is asked first. @param {string} feed */
  async titleOf(feed) {
    return (await this._look(feed)).title;
  }

  /** The reader has seen what is new. @param {string} feed @param {Newest} found */
  seen(feed, { title, at, sum }) {
    this.stored.write(this.stored.all().map((one) => (one.feed === feed ? { feed, title, at, sum } : one)));
  }

  /** Lists them, and marks those of which there is something new. @param {import('./device.js').Box} box @param {import('./device.js').Row[]} [offered] before them */
  async list({ chat, rows }, offered = []) {
    const said = chat.say(this.stored.lasting ? 'followed_how' : 'not_kept');
    /** @type {Map<string, Newest>} */ const fresh = new Map();
    /** @type {Map<string, (Node | string)[]>} */ const asides = new Map();
    const show = () =>
      rows(
        chat.say('followed') + (fresh.size ? ` · ${chat.say('fresh_in', { n: fresh.size })}` : ''),
        said,
        [...offered, ...this.stored.all().map(({ feed, title }) => {
          const found = fresh.get(feed);
          return { text: title, address: addressOf(feed, chat.spoken), aside: asides.get(feed) ?? [], act: null, seen: () => found && this.seen(feed, found), label: chat.say('unfollow'), drop: () => this.unfollow(feed) };
        })],
        fresh.size > 0,
      );
    show();
    await Promise.all(
      this.stored.all().map(async (one) => {
        try {
          const found = await this.news(one);
          const { at } = this.stored.all().find(({ feed }) => feed === one.feed) ?? one;
          if (found) fresh.set(one.feed, found);
          asides.set(one.feed, found ? [Object.assign(document.createElement('strong'), { textContent: chat.say('new_on', { date: chat.day(found.at) }) }), ' ', words(found)] : [chat.say('nothing_new', { date: chat.day(at) })]);
        } catch (error) {
          console.warn('Telal:', error);
          asides.set(one.feed, [chat.say('unlooked')]);
        }
      }),
    );
    show();
  }
}

/** What is new, in its language. @param {Newest} found */
const words = ({ text, language }) => Object.assign(document.createElement('span'), { textContent: text, lang: language, dir: 'auto' });

/** The page of what a feed follows: its question asked again, or its story. @param {string} feed @param {string} language the page's */
export function addressOf(feed, language) {
  const { searchParams: query } = new URL(feed, location.origin);
  const story = query.get('story');
  if (story) return `/story/${encodeURIComponent(story)}?lang=${language}`;
  query.set('lang', query.get('language') ?? language);
  query.delete('language');
  return `/?${query}`;
}
