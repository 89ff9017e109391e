import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { LANGUAGES, Speech, pickLanguage } from '../src/language.js';
import { COUNTRIES } from '../src/places.js';

const folder = new URL('../src/strings/', import.meta.url);
const words = Object.fromEntries(
  await Promise.all(readdirSync(folder).map(async (name) => [name.slice(0, -3), (await import(new URL(name, folder).href)).default])),
);
const speech = (language) => new Speech(language, words[language]);
const holes = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort().join();

test('every language has its file of words', () => {
  assert.deepEqual(Object.keys(words).sort(), Object.keys(LANGUAGES).sort());
});

test('every language fills every key, every placeholder, every plural form', () => {
  for (const [language, own] of Object.entries(words))
    for (const [key, en] of Object.entries(words.en)) {
      const at = `${language} ${key}`;
      if (typeof en === 'string') {
        assert.equal(typeof own[key], 'string', at);
        assert.equal(holes(own[key]), holes(en), at);
        continue;
      }
      const forms = new Intl.PluralRules(language === 'cnr' ? 'sr' : language).resolvedOptions().pluralCategories;
      assert.deepEqual(Object.keys(own[key]).sort(), [...forms].sort(), at);
      for (const [form, text] of Object.entries(own[key])) if (form !== 'one') assert.equal(holes(text), holes(en.other), `${at} ${form}`);
    }
});

test('plural forms are chosen as the language counts', () => {
  const said = (language, ...numbers) => numbers.map((n) => speech(language).say('count', { n }));
  assert.deepEqual(said('en', 1, 2), ['1 source', '2 sources']);
  assert.deepEqual(said('sr-Latn', 1, 2, 5, 21), ['1 izvor', '2 izvora', '5 izvora', '21 izvor']);
  assert.deepEqual(said('sl', 1, 2, 3, 5), ['1 vir', '2 vira', '3 viri', '5 virov']);
  assert.deepEqual(said('ro', 1, 2, 20), ['1 sursă', '2 surse', '20 de surse']);
  assert.deepEqual(said('mk', 1, 2, 21), ['1 извор', '2 извори', '21 извор']);
  assert.deepEqual(said('tr', 1, 2), ['1 kaynak', '2 kaynak']);
});

test('every language names the countries and the languages itself, whatever the browser knows', () => {
  const honest = Intl.DisplayNames;
  Intl.DisplayNames = class {
    of = (code) => code; // as Chromium does for Albanian and Macedonian
  };
  try {
    for (const language of Object.keys(words)) {
      const countries = COUNTRIES.map((code) => speech(language).say(code));
      const tongues = Object.keys(LANGUAGES).map((tag) => speech(language).tongue(tag));
      for (const names of [countries, tongues]) {
        assert.equal(new Set(names).size, names.length, language);
        for (const name of names) assert.match(name, /^\p{L}[\p{L} ()-]{3,}$/u, language);
      }
    }
    for (const language of ['bs', 'cnr', 'hr']) assert.equal(speech(language).say('MK'), 'Sjeverna Makedonija');
    assert.equal(speech('sr-Latn').say('MK'), 'Severna Makedonija');
    assert.equal(speech('en').tongue('about'), 'about'); // a word of ours is no language
  } finally {
    Intl.DisplayNames = honest;
  }
});

test('a key that no language has says nothing', () => {
  assert.equal(speech('en').say('kind_<b>'), '');
});

test('days are written as the language writes them, by the UTC day', () => {
  const day = '2025-03-18T23:30:00+00:00';
  assert.equal(speech('en').date(day), '18 March 2025');
  assert.equal(speech('sr-Cyrl').date(day), '18. март 2025.');
  assert.equal(speech('sr-Latn').date(day), '18. mart 2025.');
  assert.equal(speech('cnr').date(day), '18. mart 2025.');
  assert.equal(speech('hr').date(day), '18. ožujka 2025.');
  assert.equal(speech('mk').date(day), '18 март 2025');
  assert.equal(speech('sq').date(day), '18 mars 2025');
  assert.equal(speech('tr').date(day), '18 Mart 2025');
  for (const none of [null, undefined, '', 'soon']) assert.equal(speech('en').date(none), '', String(none));
});

test('the language is the first wanted one that there is', () => {
  assert.equal(pickLanguage(['', null, 'fr', 'tr-TR', 'en']), 'tr');
  assert.equal(pickLanguage(['fr']), 'en');
  assert.equal(pickLanguage(['EL_gr']), 'el');
  assert.equal(pickLanguage(['sh']), 'sr-Latn');
  assert.equal(pickLanguage(['sr-Latn-ME']), 'cnr');
  assert.equal(pickLanguage(['constructor', '__proto__', 'hr']), 'hr');
});

test('a bare "sr" is written in the script of the page', () => {
  assert.equal(pickLanguage(['sr'], 'Дневни гласник'), 'sr-Cyrl');
  assert.equal(pickLanguage(['sr-RS'], 'Dnevni glasnik'), 'sr-Latn');
  assert.equal(pickLanguage(['sr-Cyrl-RS'], 'Dnevni glasnik'), 'sr-Cyrl');
  assert.equal(pickLanguage(['sr-Latn'], 'Дневни гласник'), 'sr-Latn');
});

test('Serbian says the same in both scripts', () => {
  const table = { lj: 'љ', nj: 'њ', dž: 'џ', ...Object.fromEntries([...'abvgdđežzijklmnoprstćufhcčš'].map((c, i) => [c, [...'абвгдђежзијклмнопрстћуфхцчш'][i]])) };
  const upper = (s) => s[0].toUpperCase() + s.slice(1);
  const cyrillic = (text) =>
    text.replace(/\{\w+\}|lj|nj|dž|Lj|Nj|Dž|\p{L}/gu, (s) => (s[0] === '{' ? s : table[s] ?? upper(table[s.toLowerCase()])));
  const flat = (value) => (typeof value === 'string' ? [value] : Object.values(value));
  for (const key of Object.keys(words.en)) assert.deepEqual(flat(words['sr-Cyrl'][key]), flat(words['sr-Latn'][key]).map(cyrillic), key);
});
