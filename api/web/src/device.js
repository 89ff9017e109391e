// What stays on this device, the last conversations and what is followed, and their lists on the first page; loaded once there is any.
import { FollowedQuestions, addressOf } from './followed.js';
import { RecentConversations } from './recent.js';

/** @typedef {import('./element.js').TelalChat} Chat */
/** A line of a list: what it leads to, what is said beside it, and the button that takes it away. `act` in place of following its address.
 * @typedef {{text: string, address: string, aside: (Node | string)[], act: (() => void) | null, seen?: () => void, label: string, drop: () => void}} Row */
/** Where a list is shown. @typedef {{chat: Chat, rows: (name: string, said: string, rows: Row[], news?: boolean) => void}} Box */

export class Device {
  /** @param {() => Storage} storage throws where the browser forbids it @param {Chat} chat */
  constructor(storage, chat) {
    this.recent = new RecentConversations(storage);
    this.followed = new FollowedQuestions(storage);
    this._chat = chat;
    this._offered = '';
    this._told();
  }

  /** Follows what a feed tells, or no longer; resolves to whether that is done. @param {string} feed */
  async follow(feed) {
    const { followed } = this;
    const under = followed.has(feed) ? followed.unfollow(feed) : followed.follow(feed);
    this._told();
    try {
      await under;
      return true;
    } catch (error) {
      console.warn('Telal:', error);
      this._told();
      return false;
    }
  }

  /** The answers say what of them is followed. */
  _told() {
    this._chat._followed = new Set(this.followed.stored.all().map(({ feed }) => feed));
    this._chat.requestUpdate();
  }

  /**
   * Lists both under the field.
   * @param {Record<'recent' | 'followed', HTMLDetailsElement>} boxes
   * @param {(question: string, filters: import('./client.js').Filters | undefined, language: string) => string} addressOf
   * @param {(id: string, turns: number, address: string) => void} open
   */
  async list(boxes, addressOf, open) {
    const query = new URLSearchParams(location.search);
    const feed = query.get('follow');
    const asked = feed?.startsWith('/v1/follow.atom?');
    if (feed && asked) {
      query.delete('follow'); // a reload, or the address passed on, follows nothing
      history.replaceState(history.state, '', `?${query}`);
      this._offered = this.followed.has(feed) ? '' : feed;
    }
    const again = () => this.list(boxes, addressOf, open);
    this.recent.list(this._box(boxes.recent, again), addressOf, open);
    await this.followed.list(this._box(boxes.followed, again), await this._offer(again));
    if (asked) {
      boxes.followed.open = true; // once it is listed whole: listing anew takes the focus away
      /** @type {HTMLElement | null} */ (boxes.followed.querySelector('li button') ?? boxes.followed.querySelector('summary'))?.focus();
    }
  }

  /** What a link asks to follow, as a row with a button: nothing is followed before its reader says so. @param {() => void} again @returns {Promise<Row[]>} */
  async _offer(again) {
    const feed = this._offered;
    if (!feed) return [];
    const title = await this.followed.titleOf(feed).catch(() => '');
    const follow = async () => {
      this._offered = '';
      if (!(await this.follow(feed))) this._say('unfollowed');
      again();
    };
    const drop = () => (this._offered = '');
    if (!title) this._say('unfollowed');
    return title ? [{ text: title, address: addressOf(feed, this._chat.spoken), aside: [button(this._chat.say('follow'), follow)], act: null, label: this._chat.say('forget'), drop }] : [];
  }

  /** Says it where the list would be, and to a screen reader. @param {'unfollowed'} key */
  _say(key) {
    this._chat._notice = this._chat._status = this._chat.say(key);
  }

  /** @param {HTMLDetailsElement} box @param {() => void} again @returns {Box} */
  _box(box, again) {
    const chat = this._chat;
    /** @param {() => void} drop */
    const without = (drop) => {
      drop();
      this._told();
      again();
      if (box.hidden) chat.focusBox();
      else box.querySelector('summary')?.focus();
    };
    const rows = (/** @type {string} */ name, /** @type {string} */ said, /** @type {Row[]} */ all, news = false) => {
      box.hidden = !all.length;
      box.classList.toggle('news', news);
      box.querySelector('summary')?.replaceChildren(name);
      box.querySelector('ul')?.replaceChildren(...all.map((row) => line(row, () => without(row.drop))));
      const forget = () => {
        this.recent.forget();
        this.followed.unfollow();
      };
      box.querySelector('p')?.replaceChildren(said, ' ', button(chat.say('forget_all'), () => without(forget)));
    };
    return { chat, rows };
  }
}

/** @param {Row} row @param {() => void} drop */
function line({ text, address, aside, act, seen, label }, drop) {
  const row = document.createElement('li');
  const link = Object.assign(document.createElement('a'), { href: address, textContent: text, dir: 'auto' });
  link.addEventListener('click', (event) => {
    seen?.();
    if (!act || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    act();
  });
  const beside = document.createElement('span');
  beside.append(...aside);
  row.append(link, beside, button('×', drop, `${label}: ${text}`));
  return row;
}

/** @param {string} text @param {() => void} act @param {string} [label] */
function button(text, act, label) {
  const made = Object.assign(document.createElement('button'), { type: 'button', textContent: text });
  made.addEventListener('click', act);
  if (label) made.setAttribute('aria-label', label);
  return made;
}
