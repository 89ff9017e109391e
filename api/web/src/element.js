// <telal-chat>: ties the conversation, the words and the views together, and moves the focus.
import { LitElement, html, nothing } from 'lit';
import { Client } from './client.js';
import { Conversation } from './conversation.js';
import { learn, load, pickLanguage } from './language.js';
import { styles } from './styles.js';
import { launcherView, panelView } from './views/panel.js';

/** @typedef {import('./client.js').Citation} Citation */
/** @typedef {import('./conversation.js').Turn} Turn */
/** @typedef {import('./client.js').Context & {state: 'loading' | 'ready' | 'alone' | 'changed'}} Paragraph */

/** What is loaded when the first question is asked. @typedef {typeof import('./later.js')} Later */

/** Below this size an open launcher fills the screen, and the page behind it is out of reach. */
const SMALL = '(max-width: 600px), (max-height: 480px)';

export class TelalChat extends LitElement {
  static styles = styles;
  static properties = {
    endpoint: {},
    language: {},
    theme: { reflect: true },
    mode: { reflect: true },
    heading: {},
    outlets: {},
    article: {},
    token: {},
    bare: { type: Boolean, reflect: true },
    keep: { type: Boolean },
    filters: { attribute: false },
  };

  constructor() {
    super();
    /** Base address of Telal; by default where the script came from. */ this.endpoint = '';
    /** BCP 47 tag; by default the page's. */ this.language = '';
    /** @type {'auto' | 'light' | 'dark'} */ this.theme = 'auto';
    /** @type {'inline' | 'launcher'} */ this.mode = 'inline';
    /** Title of the panel; by default "Ask the news" in the reader's language. */ this.heading = '';
    /** Comma-separated outlets to answer from; by default all. */ this.outlets = '';
    /** The article that stands on the page, by its address or id; '' if the page's canonical link says it. @type {string | null} */ this.article = null;
    /** What the publisher signed for this reader. */ this.token = '';
    /** Leaves title and language switch to the page. */ this.bare = false;
    /** Keeps the conversation in the tab's session storage, so that a reload does not lose it. */ this.keep = false;

    /** What the reader narrows answers to. @type {import('./client.js').Filters} */ this.filters = {};

    /** @type {import('./language.js').Speech | null} */ this._speech = null; // until the words have come
    this._conversation = new Conversation(() => this._client(), (turn) => this._changed(turn), () => this._more());
    /** @type {{turn: Turn, citation: Citation, paragraph: Paragraph, opener: HTMLElement} | null} */ this._card = null;
    /** @type {import('./client.js').Suggestion[]} */ this._suggestions = [];
    /** @type {import('./client.js').Story[]} */ this._stories = [];
    /** @type {string | null} */ this._older = null; // the cursor of those behind them
    /** @type {import('./here.js').Here | null} */ this._here = null; // where the archive holds the page's article
    /** @type {import('./client.js').Outlet[] | null} */ this._sources = null; // asked for when the filters are opened
    /** @type {unknown} */ this._status = nothing;
    /** @type {Turn | null} */ this._copied = null;
    /** The feeds that are followed on this device. @type {Set<string> | undefined} */ this._followed = undefined;
    /** @type {Later | null | undefined} */ this._later = undefined; // null when it did not come
    this._ranged = false; // whether the filters ask for days
    this._opened = false;
    this._notice = ''; // said above the first suggestions
    this._wanted = '';
  }

  async firstUpdated() {
    if (this.keep) (await this._more())?.restore(this);
  }
  disconnectedCallback() {
    super.disconnectedCallback();
    this._conversation.stop();
  }

  /** @template {HTMLElement} T @param {string} selector @returns {T | null} */
  _find(selector) {
    return this.renderRoot.querySelector(selector);
  }
  _client() {
    const outlets = this.outlets.split(',').map((s) => s.trim()).filter(Boolean);
    return new Client(this.endpoint || new URL('.', import.meta.url).href, outlets, pickLanguage([this.language, this._page()], document.title, ''), this._here?.about, this.token);
  }
  /** @param {string} name @param {unknown} [detail] */
  _tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`telal-${name}`, { detail, bubbles: true, composed: true }));
  }

  /** The page's language as it says so itself, '' where it does not. */
  _page() {
    return /** @type {HTMLElement | null} */ (this.closest('[lang]'))?.lang ?? '';
  }

  willUpdate() {
    const wanted = pickLanguage([this.language, this._page(), ...navigator.languages], document.title);
    if (wanted !== this._wanted) this._learn((this._wanted = wanted));
  }
  /** @param {string} language */
  async _learn(language) {
    const speech = await learn(language);
    if (this._later) await speech?.more().catch((error) => console.error('Telal:', error));
    if (!speech || language !== this._wanted) return; // another was wanted meanwhile
    this._speech = speech;
    this._suggestions = this._stories = [];
    this.requestUpdate();
    this._tell('language', { language: speech.language });
    if (this.mode === 'inline' || this._opened) this._suggest();
  }
  async _suggest() {
    const language = this._wanted;
    const client = this._client();
    if (this.article !== null) load('here').then((here) => here.lookUp(this)); // nice to have
    const found = await Promise.all([client.stories(language, this.mode === 'inline' ? 8 : 4).catch(() => ({ stories: [], next: null })), this.querySelector('[slot]') ? [] : client.suggestions(language).catch(() => []), this._speech?.more('names').catch((error) => console.error('Telal:', error))]); // nice to have
    if (language === this._wanted) [{ stories: this._stories, next: this._older }, this._suggestions] = found;
    this.requestUpdate();
  }

  /** Asks a question, as if the reader had typed it. @param {string} question @param {import('./client.js').Filters} [filters] by default those that the reader has set */
  async ask(question, filters = this.filters) {
    if (this._conversation.busy || !question.trim()) return;
    this._card = null;
    this._notice = '';
    this._more();
    const typing = this.shadowRoot?.activeElement?.id === 'question'; // the box moves to the foot with the first question
    const asked = this._conversation.ask(question, filters);
    this._tell('ask', { question, filters });
    await this.updateComplete;
    if (typing && !matchMedia('(pointer: coarse)').matches) this._find('#question')?.focus({ preventScroll: true });
    const log = this._find('.log');
    if (log) log.scrollTop = this._find('.turn:last-of-type')?.offsetTop ?? 0; // the launcher's log; on a page it does not scroll
    await asked;
  }
  /** Shows an answer that somebody shared. @param {string} id */
  async show(id) {
    await (await this._more())?.showShared(this, id);
  }
  /** Loads what a first answer needs; again after a failure. */
  async _more() {
    try {
      const [later] = await Promise.all([load('later'), this._speech?.more()]);
      await this._speech?.more(); // the language may have come meanwhile
      this._later ??= this._learnt(later);
    } catch (error) {
      this._later = null;
      this._status = this.say('e_network');
      console.error('Telal:', error);
    }
    this.requestUpdate();
    await this.updateComplete;
    return this._later;
  }
  /** Takes what came later into use, its style sheet too. @param {Later} later */
  _learnt(later) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(later.reading);
    /** @type {ShadowRoot} */ (this.renderRoot).adoptedStyleSheets.push(sheet);
    return later;
  }
  /** @param {Turn} turn @param {boolean} [alone] @param {import('./client.js').Filters} [filters] */
  async _retry(turn, alone, filters) {
    this._card = null;
    this._find('#question')?.focus(); // the button pressed is about to go
    await this._conversation.retry(turn, alone, filters);
  }
  /** Puts the cursor into the box, once it is there. */
  async focusBox() {
    await this.updateComplete;
    this._find('#question')?.focus();
  }
  clear() {
    this._empty();
    this._later?.keepTurns(this);
    this._tell('clear');
    this.focusBox();
    if (this.mode === 'inline') this._suggest();
  }
  _empty() {
    this.filters = {};
    this._card = null;
    this._notice = '';
    this._conversation.clear();
    this._status = nothing;
    this.requestUpdate();
  }
  /** Shows answers that were given before, in place of what stands there; none: the first page. @param {import('./client.js').Answer[]} answers */
  async present(answers) {
    this._empty();
    if (answers.length) await this._more();
    else this._suggest();
    for (const answer of answers) this._conversation.add(answer);
    this.requestUpdate();
    await this.updateComplete;
    this._later?.inSight(this);
  }

  /** @param {Turn} turn */
  _changed(turn) {
    if (turn.state === 'busy' && !turn.sentences.length && !turn.answer) this._status = this.say('busy');
    this.requestUpdate();
    if (this.mode === 'inline') this.updateComplete.then(() => this._later?.inSight(this));
    const { turns } = this._conversation;
    if (turn.state === 'busy' || !turns.includes(turn)) return; // of a conversation that was left nothing is told
    this._more().then((later) => later?.ended(this, turn));
    if (turn.state === 'done') this._tell('answer', { question: turn.question, status: turn.answer?.status, answer: { ...turn.answer, filters: turn.filters }, after: turns.length - 1 - turns.indexOf(turn) });
  }

  /** The language the words are in. */
  get spoken() {
    return this._speech?.language ?? '';
  }
  get _caption() {
    return this.heading || this.say('ask');
  }
  /** @type {import('./language.js').Speech['say']} */
  say = (key, values) => this._speech?.say(key, values) ?? '';
  /** @param {string | null} iso */
  day = (iso) => this._speech?.date(iso) || this.say('undated');
  /** @param {string} tag */
  tongue = (tag) => this._speech?.tongue(tag) ?? '';

  async open() {
    this._opened = true;
    this.requestUpdate();
    await this.updateComplete;
    const dialog = /** @type {HTMLDialogElement | null} */ (this._find('dialog'));
    if (matchMedia(SMALL).matches) dialog?.showModal();
    else dialog?.show();
    this._find('#question')?.focus();
    this._tell('open');
    if (!this._suggestions.length) this._suggest();
  }
  async close() {
    this._opened = false;
    /** @type {HTMLDialogElement | null} */ (this._find('dialog'))?.close();
    this.requestUpdate();
    await this.updateComplete;
    this._find('.launcher')?.focus();
    this._tell('close');
  }
  /** @param {KeyboardEvent} event */
  _onKey = (event) => {
    if (event.key !== 'Escape' || (!this._card && this.mode === 'inline')) return;
    event.preventDefault(); // or the dialog would close itself at once
    event.stopPropagation();
    if (this._card) this._later?.closeCard(this);
    else this.close();
  };

  render() {
    if (!this._speech) return nothing;
    return this.mode === 'launcher' ? launcherView(this) : html`<section class="panel" part="panel" lang=${this.spoken}
      aria-label=${this._caption} @keydown=${this._onKey}>${panelView(this)}</section>`;
  }
}
