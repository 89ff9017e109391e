// Bundles the widget, one small file of words a language, the chat page's script and the editors' desk. The same bytes every time.
import { build, transform } from 'esbuild';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = process.argv[2] ?? `${here}/../static`;
const target = ['es2022', 'chrome120', 'firefox120', 'safari17'];
const deskWords = readdirSync(`${here}/src/desk/strings`).map((name) => [`desk/${name.slice(0, -3)}`, `src/desk/strings/${name}`]);

/** The languages of the library, by name, and their other tags; not the bare tag of one in two scripts: the page's words decide. */
const records = readFileSync(`${here}/../../rag/text/data/languages.toml`, 'utf8').split(/^\[/m).slice(1);
const tags = records.map((record) => record.slice(0, record.indexOf(']')));
const fields = (/** @type {string} */ field) => records.map((record) => record.match(RegExp(`^${field} = "(.*)"$`, 'm'))?.[1] ?? '');
const aliases = fields('also').flatMap((also, i) => also.toLowerCase().split(' ').filter(Boolean).map((alias) => [alias, tags[i]]));
const object = (/** @type {any[][]} */ pairs) => `{\n${pairs.map(([key, value]) => `  '${key}': '${value}',\n`).join('')}}`;
writeFileSync(
  `${here}/src/languages.js`,
  `// Made by \`npm run build\` of rag/text/data/languages.toml.

/** Every language by its own name; the keys are BCP 47 tags. @type {Record<string, string>} */
export const LANGUAGES = ${object(fields('name').map((name, i) => [tags[i], name]))};

/** Older and national tags that name one of them, in small letters. @type {Record<string, string>} */
export const ALIASES = ${object(aliases.filter(([alias]) => !tags.some((tag) => tag.startsWith(`${alias}-`))))};
`,
);

/** Style sheets become short text; templates lose the white space that only people need. */
const shorten = {
  name: 'shorten',
  setup(/** @type {import('esbuild').PluginBuild} */ { onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, 'utf8'), { loader: 'css', minify: true, target });
      return { contents: code.trim(), loader: 'text' };
    });
    onLoad({ filter: /\/views\/.*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replace(/([>}])\n\s+(<|\$\{)/g, '$1$2')
        .replace(/\n\s+/g, '\n'),
    }));
  },
};

/** The page uses the widget that stands on it. */
const withoutWidget = {
  name: 'without-widget',
  setup(/** @type {import('esbuild').PluginBuild} */ { onResolve }) {
    onResolve({ filter: /^\.\/widget\.js$/ }, () => ({ path: '../widget.js', external: true }));
  },
};

/** The part that is loaded later brings no second Lit. */
const withoutLit = {
  name: 'without-lit',
  setup(/** @type {import('esbuild').PluginBuild} */ { onResolve }) {
    onResolve({ filter: /^lit$/ }, () => ({ path: `${here}/src/lit.js` }));
  },
};

const common = {
  absWorkingDir: here,
  outdir: out,
  write: false,
  bundle: true,
  minify: true,
  mangleProps: /^_[a-z]/, // our own private names; Lit's begin with _$
  format: 'esm',
  target,
  charset: 'utf8', // as escapes, Cyrillic and Greek would take three times the bytes
  legalComments: 'none', // said once, in licenses.txt
};
const first = await build({
  ...common,
  entryPoints: { widget: 'src/widget.js', page: 'src/page.js', embed: 'src/embed.js' },
  mangleCache: {}, // which private name became which: the part that is loaded later uses the same
  plugins: [shorten, withoutWidget],
});
const later = await build({
  ...common,
  entryPoints: { later: 'src/later.js', here: 'src/here.js', around: 'src/around.js', places: 'src/places.js', translation: 'src/views/translation.js' },
  mangleCache: first.mangleCache,
  plugins: [shorten, withoutLit],
});
const desk = await build({
  ...common,
  entryPoints: { desk: 'src/desk/desk.js', ...Object.fromEntries(deskWords) },
  plugins: [shorten],
});
const device = await build({ ...common, entryPoints: { device: 'src/device.js' }, mangleCache: first.mangleCache });

/** A language's words in three files: what widget and page name before the first question, names of countries and languages, and the rest. */
const named = [...first.outputFiles, ...later.outputFiles.filter(({ path }) => basename(path) === 'places.js')].map(({ text }) => text).join('');
const words = [];
const late = new Set(['answer', 'stopped', 'from', 'to', 'time', 'outlets', 'words']); // names that the code uses for other things
for (const name of readdirSync(`${here}/src/strings`)) {
  const { default: said } = await import(`./src/strings/${name}`);
  const fileOf = (/** @type {string} */ key) => {
    if (/^[A-Z]{2}$/.test(key) || tags.includes(key)) return 'names';
    return key === 'months' || (!late.has(key) && RegExp(`["'\`]${key}["'\`]`).test(named)) ? 'strings' : 'words';
  };
  for (const folder of ['strings', 'words', 'names']) {
    const some = Object.fromEntries(Object.entries(said).filter(([key]) => fileOf(key) === folder));
    words.push({ path: `${out}/${folder}/${name}`, text: `export default ${JSON.stringify(some)}` });
  }
}
const outputFiles = [...first.outputFiles, ...later.outputFiles, ...device.outputFiles, ...words, ...desk.outputFiles];

for (const { path, text } of outputFiles) {
  // a second pass by terser: 15,190 bytes gzipped become 14,922; what holds Lit says under which licence
  const preamble = text.includes('litHtmlVersions') ? '/*! static/licenses.txt */' : '';
  const { code } = await minify(text, { module: true, ecma: 2020, compress: { passes: 2 }, format: { preamble } });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${code}\n`);
}
const built = new Set(outputFiles.map(({ path }) => basename(path)));
for (const folder of ['strings', 'words', 'names', 'desk']) {
  for (const name of readdirSync(`${out}/${folder}`)) if (!built.has(name)) rmSync(`${out}/${folder}/${name}`);
}
const lit = readFileSync(`${here}/node_modules/lit/LICENSE`, 'utf8');
writeFileSync(`${out}/licenses.txt`, `widget.js and desk.js are part of Telal (Apache-2.0). Each holds Lit, under this license:\n\n${lit}`);
