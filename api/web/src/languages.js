// Made by `npm run build` of rag/text/data/languages.toml.

/** Every language by its own name; the keys are BCP 47 tags. @type {Record<string, string>} */
export const LANGUAGES = {
  'en': 'English',
  'sq': 'Shqip',
  'bs': 'Bosanski',
  'cnr': 'Crnogorski',
  'hr': 'Hrvatski',
  'ro': 'Română',
  'sl': 'Slovenščina',
  'sr-Latn': 'Srpski',
  'tr': 'Türkçe',
  'el': 'Ελληνικά',
  'bg': 'Български',
  'mk': 'Македонски',
  'sr-Cyrl': 'Српски',
};

/** Older and national tags that name one of them, in small letters. @type {Record<string, string>} */
export const ALIASES = {
  'me': 'cnr',
  'sr-me': 'cnr',
  'sr-latn-me': 'cnr',
  'mo': 'ro',
  'sh': 'sr-Latn',
};
