// Bundles the widget, one small file of words a language, and the chat page's script. The same bytes every time.
import { build, transform } from 'esbuild';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = process.argv[2] ?? `${here}/../static`;
const words = readdirSync(`${here}/src/strings`);
const target = ['es2022', 'chrome120', 'firefox120', 'safari17'];

/** Style sheets become short text; templates lose the indentation that only people need. */
const shorten = {
  name: 'shorten',
  setup(/** @type {import('esbuild').PluginBuild} */ { onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, 'utf8'), { loader: 'css', minify: true, target });
      return { contents: code.trim(), loader: 'text' };
    });
    onLoad({ filter: /src\/views\/.*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replace(/([>}])\n\s+(<|\$\{)/g, '$1$2')
        .replace(/\n\s+/g, '\n'),
    }));
  },
};

rmSync(`${out}/strings`, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: {
    widget: 'src/widget.js',
    page: 'src/page.js',
    ...Object.fromEntries(words.map((name) => [`strings/${name.slice(0, -3)}`, `src/strings/${name}`])),
  },
  outdir: out,
  bundle: true,
  minify: true,
  mangleProps: /^_[a-z]/, // our own private names; Lit's begin with _$
  format: 'esm',
  target,
  charset: 'utf8', // as escapes, Cyrillic and Greek would take three times the bytes
  legalComments: 'none',
  banner: { js: '/*! static/licenses.txt */' },
  plugins: [shorten],
});
const lit = readFileSync(`${here}/node_modules/lit/LICENSE`, 'utf8');
writeFileSync(`${out}/licenses.txt`, `widget.js is part of Telal (Apache-2.0). It holds Lit, under this license:\n\n${lit}`);
