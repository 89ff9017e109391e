// The editors' desk: which part is shown, its words, and what is asked of the server. The parts are in views/.
import { html, nothing, render } from 'lit';
import { LANGUAGES, Speech, pickLanguage } from '../language.js';
import { Refused, Server } from './server.js';
import { articleView, articlesView } from './views/articles.js';
import { askedView } from './views/asked.js';
import { loadLog, logView } from './views/log.js';
import { pinsView } from './views/pins.js';
import { reportsView } from './views/reports.js';
import { signInView } from './views/signin.js';
import { sourcesView } from './views/sources.js';
import { loadTrial, trialView } from './views/trial.js';

/** @typedef {keyof import('./strings/en.js').DeskStrings} Word */

const WATCH_MS = 1500; // while an outlet is being visited

/** Each part: what it asks of the server first, and how it is drawn. @type {Record<string, {load: (desk: Desk, rest: string) => Promise<any>, view: (desk: Desk) => unknown}>} */
const PARTS = {
  asked: { load: (desk) => desk.server.get('asked', { days: desk.days }), view: askedView },
  reports: { load: (desk) => desk.server.get('reports'), view: reportsView },
  pins: { load: (desk) => desk.server.get('pins'), view: pinsView },
  sources: { load: (desk) => desk.server.get('sources'), view: sourcesView },
  articles: {
    load: (desk, rest) => (rest ? desk.server.get('article', { id: rest }) : desk.server.get('articles', desk.search)),
    view: (desk) => (desk.rest ? articleView(desk) : articlesView(desk)),
  },
  trial: { load: loadTrial, view: trialView },
  log: { load: loadLog, view: logView },
};

export class Desk {
  server = new Server();
  part = 'asked';
  rest = '';
  days = 30;
  /** @type {Record<string, string>} */ search = { query: '', outlet: '', status: '' };
  /** @type {any} what the server said for this part */ data = null;
  /** @type {any} what a part keeps between two drawings, forgotten with the part */ kept = {};
  /** @type {{name: string} | null} */ editor = null;
  /** what went wrong, or what was done */ said = { bad: '', good: '' };
  busy = false;
  /** @type {Speech} */ speech = /** @type {any} */ (null);

  /** @param {HTMLElement} root */
  constructor(root) {
    this._root = root;
  }

  /** @param {Word} key @param {Record<string, string | number>} [values] */
  say(key, values) {
    return this.speech.say(/** @type {any} */ (key), values);
  }

  /** A moment, to the minute, in the editor's own time. @param {string | null | undefined} iso */
  moment(iso) {
    const at = new Date(iso ?? NaN);
    if (isNaN(+at)) return '';
    const local = new Date(+at - at.getTimezoneOffset() * 60_000).toISOString();
    return `${this.speech.date(local)}, ${local.slice(11, 16)}`;
  }

  /** A share of one, e.g. 0.42. @param {number | null | undefined} share */
  share(share) {
    return share == null ? '' : new Intl.NumberFormat(this.speech.language, { style: 'percent' }).format(share);
  }

  /** @param {string} language @returns {Promise<void>} */
  async speak(language) {
    let words;
    try {
      words = (await import(new URL(`desk/${language}.js`, import.meta.url).href)).default;
    } catch (error) {
      console.error('Telal:', error);
      if (language === 'en') return;
      return this.speak('en');
    }
    this.speech = new Speech(language, words);
    document.documentElement.lang = language;
    this.draw();
  }

  async begin() {
    await this.speak(pickLanguage([new URLSearchParams(location.search).get('lang'), ...navigator.languages]));
    addEventListener('hashchange', () => this.go());
    await this.enter();
  }

  /** Goes on with a session that there is; else the page to sign in is shown. */
  async enter() {
    try {
      const session = await this.server.get('session');
      this.server.csrf = session.csrf;
      this.editor = { name: session.editor };
    } catch (error) {
      if (!(error instanceof Refused && error.status === 401)) this._failed(error);
      this.editor = null;
    }
    if (this.editor) await this.go();
    else this.draw();
  }

  /** @param {string} key */
  async signIn(key) {
    await this.act(async () => {
      await this.server.signIn(key.trim());
      await this.enter();
    });
  }

  /** Ends this session, or every one of this editor. @param {boolean} everywhere */
  async signOut(everywhere = false) {
    await this.act(() => this.server.signOut(everywhere));
    this.editor = null;
    this.draw();
  }

  /** Shows what the address names: #/articles/ID. */
  async go() {
    const [, part = '', ...rest] = location.hash.split('/');
    this.part = part in PARTS ? part : 'asked';
    this.rest = decodeURIComponent(rest.join('/'));
    this.kept = {};
    this.data = null;
    this.said = { bad: '', good: '' };
    await this.load();
    this._root.querySelector('h1')?.focus();
  }

  /** Asks the server anew for what is shown. */
  async load() {
    const asked = `${this.part}/${this.rest}`;
    this.draw();
    try {
      const data = await PARTS[this.part]?.load(this, this.rest);
      if (asked !== `${this.part}/${this.rest}`) return; // the editor has gone on
      this.data = data;
    } catch (error) {
      this._failed(error);
    }
    this.draw();
    this._watch();
  }

  /**
   * Does something and shows how it went. What the work returns is handed back; null when it failed.
   * @template T @param {() => Promise<T>} work @param {{say?: string, reload?: boolean}} [after] @returns {Promise<T | null>}
   */
  async act(work, { say = '', reload = false } = {}) {
    if (this.busy) return null;
    this.busy = true;
    this.said = { bad: '', good: '' };
    this.draw();
    try {
      const made = await work();
      this.busy = false;
      if (reload) await this.load();
      this.said.good = say;
      return made;
    } catch (error) {
      this._failed(error);
      return null;
    } finally {
      this.busy = false;
      this.draw();
    }
  }

  /** @param {unknown} error */
  _failed(error) {
    if (error instanceof Refused && error.status === 401) {
      this.said = { bad: this.editor ? this.say('ended') : error.message, good: '' };
      this.editor = null;
    } else if (error instanceof Refused) this.said = { bad: error.status < 500 ? error.message : this.say('e_server'), good: '' };
    else {
      console.error('Telal:', error);
      this.said = { bad: this.say('e_network'), good: '' };
    }
  }

  /** Looks again while something goes on at the server. */
  _watch() {
    const goes = this.part === 'sources' && this.data?.outlets.some((/** @type {any} */ o) => ['waiting', 'running'].includes(o.visit?.state));
    clearTimeout(this._timer);
    if (goes && this.editor) this._timer = setTimeout(() => this.load(), WATCH_MS);
  }

  draw() {
    if (!this.speech) return;
    document.title = `Telal: ${this.say(this.editor ? /** @type {Word} */ (this.part) : 'desk')}`;
    render(this._view(), this._root);
  }

  _view() {
    return html`${this._masthead()}
      <main>
        <div role="status" class=${this.said.bad ? 'said failure' : 'said'}>${this.said.bad || this.said.good || nothing}</div>
        ${this.editor ? this._part() : signInView(this)}
      </main>`;
  }

  _masthead() {
    const links = Object.keys(PARTS).map((part) => html`<a href="#/${part}" aria-current=${part === this.part ? 'page' : nothing}>${this.say(/** @type {Word} */ (part))}</a>`);
    return html`<header class="masthead">
        <a class="name" href="/" translate="no">Telal</a>
        <span class="place">${this.say('desk')}</span>
        <select aria-label=${this.say('language')} @change=${(/** @type {any} */ e) => this.speak(e.target.value)}>
          ${Object.entries(LANGUAGES).map(([tag, name]) => html`<option value=${tag} lang=${tag} ?selected=${tag === this.speech.language}>${name}</option>`)}
        </select>
        ${this.editor ? html`<span class="who">${this.say('signed', { name: this.editor.name })}</span>
          <button class="quiet" @click=${() => this.signOut()}>${this.say('leave')}</button>` : nothing}
      </header>
      ${this.editor ? html`<nav aria-label=${this.say('nav')}>${links}</nav>` : nothing}`;
  }

  _part() {
    const title = this.rest ? nothing : html`<h1 tabindex="-1">${this.say(/** @type {Word} */ (this.part))}</h1>`;
    if (!this.data) return html`${title}<p class="busy">${this.said.bad ? html`<button class="quiet" @click=${() => this.load()}>${this.say('retry')}</button>` : this.say('loading')}</p>`;
    return html`${title}${PARTS[this.part]?.view(this)}`;
  }
}

const root = document.querySelector('#desk');
if (root instanceof HTMLElement) void new Desk(root).begin();
