// Which language the widget speaks, and how that language counts and writes its dates.

/** @typedef {import('./strings/en.js').Strings} Strings */
/** @typedef {keyof Strings} Key */

import { ALIASES, LANGUAGES } from './languages.js';

export { LANGUAGES };

/** Where Intl needs another tag: it writes English dates the American way, and Bosnian and Montenegrin as numbers. */
const INTL = /** @type {Record<string, string>} */ ({ en: 'en-GB', bs: 'sr-Latn', cnr: 'sr-Latn' });

/** @param {Record<string, string>} table @param {string} key */
const own = (table, key) => (Object.hasOwn(table, key) ? table[key] : undefined); // "constructor" is no language

/**
 * The first wanted tag that names a language of the widget, else `other`, English. Sites write a bare `sr` for both scripts:
 * then the page's own words decide.
 * @param {(string | null | undefined)[]} wanted @param {string} [words] text of the page @param {string} [other]
 */
export function pickLanguage(wanted, words = '', other = 'en') {
  for (const tag of wanted) {
    const low = (tag ?? '').toLowerCase().replaceAll('_', '-');
    const [base = '', script] = low.split('-');
    const alias = own(ALIASES, low) ?? own(ALIASES, base);
    if (alias) return alias;
    if (base === 'sr') return `sr-${script === 'cyrl' || (script !== 'latn' && /[\u0400-\u04ff]/.test(words)) ? 'Cyrl' : 'Latn'}`;
    if (own(LANGUAGES, base)) return base;
  }
  return other;
}

let again = '';
/** Imports a part of the page; after a failure, from another address: browsers keep a module that did not come as failed. @param {string} part */
export const load = (part) =>
  import(new URL(`static/${part}.js${again}`, import.meta.url).href).catch((error) => {
    again += '?';
    throw error;
  });

/** A language's words, plural forms and dates. */
export class Speech {
  /** @param {string} language @param {Strings} strings */
  constructor(language, strings) {
    this.language = language;
    this._strings = strings;
    const tag = (this._tag = INTL[language] ?? language);
    this._plurals = new Intl.PluralRules(tag);
    /** @type {Map<string, string>} days that were written before: an answer names few, and often */ this._said = new Map();
    /** @type {Intl.DisplayNames | undefined} */ this._tongues = undefined; // made when a quote is in another language
    this._days = new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone: 'UTC' }); // made once: making it is slow
  }

  /** Loads the words that are said only after a question was asked; or the names of countries and languages. @param {'words' | 'names'} [which] */
  async more(which = 'words') {
    const { default: come } = await load(`${which}/${this.language}`);
    this._strings = { ...this._strings, ...come }; // after the wait: both may be on their way
  }

  /** The words for a key, empty when there is none; `n` picks the plural form. @param {Key} key @param {Record<string, string | number>} [values] */
  say(key, values = {}) {
    const form = this._strings[key] ?? '';
    const text = typeof form === 'string' ? form : form[/** @type {'one'} */ (this._plurals.select(Number(values.n)))] ?? form.other;
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
  }

  /** A calendar day, e.g. "18 March 2025"; empty for what is no date. @param {string | null | undefined} iso */
  date(iso) {
    const key = iso ?? '';
    let said = this._said.get(key);
    if (said === undefined) this._said.set(key, (said = this._written(new Date(iso ?? NaN))));
    return said;
  }

  /**
   * A language's name in this one, empty where there is none. Ours have theirs in the words: browsers lack those of some
   * languages, and Intl takes Montenegrin for Serbian. @param {string} tag
   */
  tongue(tag) {
    const name = own(LANGUAGES, tag) && this.say(/** @type {Key} */ (tag));
    if (name) return name;
    try {
      this._tongues ??= new Intl.DisplayNames(this._tag, { type: 'language', fallback: 'none' });
      return (tag !== 'und' && this._tongues.of(tag)) || '';
    } catch {
      return ''; // an article may call its language anything
    }
  }

  /** @param {Date} day */
  _written(day) {
    if (isNaN(+day)) return '';
    const months = this._strings.months?.split(' ');
    if (months) return `${day.getUTCDate()} ${months[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
    return this._days.format(day);
  }
}

/**
 * Loads a language's words, which are a file beside the widget, so that a reader loads one language only. English stands in for a file that does not come.
 * @param {string} language @returns {Promise<Speech | null>} null when English does not come either: then there is nothing to show
 */
export async function learn(language) {
  try {
    return new Speech(language, (await load(`strings/${language}`)).default);
  } catch (error) {
    console.error('Telal:', error);
    return language === 'en' ? null : learn('en');
  }
}
