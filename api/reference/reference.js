// The API's page: every route of /openapi.json, with examples to copy and one that can be run. Sets text only, never markup.

/** @param {string} name @param {Record<string, string>} attributes @param {...(Node | string)} children */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** @param {any} description @param {any} schema */
const resolved = (description, schema) =>
  schema?.$ref ? description.components.schemas[schema.$ref.split('/').pop()] : schema;

/** The first example of a route's body, as text. @param {any} description @param {any} route */
function bodyOf(description, route) {
  const schema = resolved(description, route.requestBody?.content?.['application/json']?.schema);
  return schema ? JSON.stringify(schema.examples?.[0] ?? {}, null, 2) : null;
}

/** @param {HTMLElement} output @param {string} method @param {string} path @param {string | null} body */
async function run(output, method, path, body) {
  const key = /** @type {HTMLInputElement} */ (document.getElementById('key')).value.trim();
  const headers = { ...(body === null ? {} : { 'Content-Type': 'application/json' }), ...(key ? { Authorization: `Bearer ${key}` } : {}) };
  output.hidden = false;
  output.textContent = '…';
  try {
    const reply = await fetch(path, { method, headers, body, credentials: 'omit' });
    output.textContent = `${reply.status} ${reply.statusText}\n\n`;
    if (!reply.body) return;
    const text = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let whole = '';
    for (let part; !(part = await text.read()).done; ) {
      whole += part.value;
      output.textContent = `${reply.status} ${reply.statusText}\n\n${whole}`;
    }
    if (reply.headers.get('content-type')?.includes('json')) {
      output.textContent = `${reply.status} ${reply.statusText}\n\n${JSON.stringify(JSON.parse(whole), null, 2)}`;
    }
  } catch (error) {
    output.textContent = String(error);
  }
}

/** The name of a schema, short: `SentenceOut[]`, `string | null`. @param {any} schema @returns {string} */
const typeOf = (schema) =>
  schema?.$ref?.split('/').pop() ??
  (schema?.anyOf ? schema.anyOf.map(typeOf).join(' | ') : schema?.type === 'array' ? `${typeOf(schema.items ?? schema.prefixItems?.[0])}[]` : schema?.enum?.join(' | ') ?? schema?.format ?? schema?.type ?? 'any');

/** @param {string} caption @param {[string, string, string][]} rows name, type, meaning */
function tableOf(caption, rows) {
  if (!rows.length) return '';
  const lines = rows.map(([name, type, meaning]) =>
    make('tr', {}, make('td', {}, make('code', {}, name)), make('td', {}, make('code', {}, type)), make('td', {}, ...prose(meaning))),
  );
  const head = make('tr', {}, ...[caption, 'type', 'meaning'].map((word) => make('th', { scope: 'col' }, word)));
  return make('table', {}, make('thead', {}, head), make('tbody', {}, ...lines));
}

/** A text whose words between backticks are code. @param {string} text */
const prose = (text) => text.split('`').map((part, i) => (i % 2 ? make('code', {}, part) : part));

/** The fields of a schema. @param {any} description @param {any} schema @returns {[string, string, string][]} */
const fieldsOf = (description, schema) => {
  const { properties = {}, required = [] } = resolved(description, schema) ?? {};
  return Object.entries(properties).map(([name, field]) => [
    required.includes(name) ? `${name} *` : name,
    typeOf(field),
    /** @type {any} */ (field).description ?? '',
  ]);
};

/** Who may call a route. @param {any} route */
function needs(route) {
  const scopes = new Set((route.security ?? []).flatMap((/** @type {any} */ way) => Object.values(way).flat()));
  if (!scopes.size) return 'No key.';
  const free = route.security.some((/** @type {any} */ way) => !Object.keys(way).length);
  return `${free ? 'No key, unless the server wants one' : 'A secret key'}; scope ${[...scopes].join(', ')}.`;
}

/** @param {any} description @param {string} path @param {string} method @param {any} route */
function sectionOf(description, path, method, route) {
  const name = route.operationId;
  const example = bodyOf(description, route);
  const where = make('input', { id: `${name}-path`, value: path, spellcheck: 'false' });
  const body = example === null ? null : make('textarea', { id: `${name}-body`, spellcheck: 'false' }, example);
  const output = make('pre', { 'aria-live': 'polite', tabindex: '0', hidden: '' });
  const button = make('button', { type: 'button' }, 'Run');
  button.addEventListener('click', () =>
    run(output, method.toUpperCase(), /** @type {any} */ (where).value, body && /** @type {any} */ (body).value),
  );
  const samples = (route['x-codeSamples'] ?? []).map((/** @type {any} */ { label, source }) =>
    make('pre', { tabindex: '0', 'data-sample': label, 'aria-label': `${label} example` }, source.replaceAll('http://127.0.0.1:8000', location.origin)),
  );
  const content = Object.entries(route.responses).find(([status]) => status.startsWith('2'))?.[1]?.content;
  const replied = fieldsOf(description, content?.['application/json']?.schema);
  const statuses = Object.entries(route.responses).map(([status, reply]) => make('li', {}, ...prose(`${status}: ${reply.description}`)));
  const parameters = (route.parameters ?? []).map((/** @type {any} */ p) => [`${p.name}${p.required ? ' *' : ''}`, typeOf(p.schema), `${p.in}. ${p.description ?? ''}`]);
  return make(
    'section',
    { 'aria-labelledby': name },
    make('h3', { id: name }, `${route.summary} `, make('code', {}, `${method.toUpperCase()} ${path}`)),
    make('p', {}, ...prose(route.description ?? '')),
    make('p', { class: 'needs' }, needs(route)),
    ...samples,
    tableOf('parameter', parameters),
    tableOf('body', fieldsOf(description, route.requestBody?.content?.['application/json']?.schema)),
    make('details', {}, make('summary', {}, 'Replies'), make('ul', {}, ...statuses), tableOf('field', replied)),
    make(
      'details',
      {},
      make('summary', {}, 'Try it'),
      make('label', { for: `${name}-path` }, 'Address'),
      where,
      ...(body ? [make('label', { for: `${name}-body` }, 'Body'), body] : []),
      button,
      output,
    ),
  );
}

/** Shows the examples of one language. */
function choose() {
  const wanted = /** @type {HTMLSelectElement} */ (document.getElementById('language')).value;
  for (const sample of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-sample]'))) {
    sample.hidden = sample.dataset['sample'] !== wanted;
  }
}

const description = await (await fetch('/openapi.json')).json();
document.getElementById('about')?.replaceChildren(...prose(`Version ${description.info.version}. ${description.info.description}`));
const contents = /** @type {HTMLElement} */ (document.getElementById('contents'));
const routes = /** @type {HTMLElement} */ (document.getElementById('routes'));
for (const tag of description.tags) {
  const links = [];
  const sections = [];
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, route] of Object.entries(/** @type {Record<string, any>} */ (methods))) {
      if (route.tags[route.tags.length - 1] !== tag.name) continue;
      sections.push(sectionOf(description, path, method, route));
      links.push(make('li', {}, make('a', { href: `#${route.operationId}` }, route.summary)));
    }
  }
  contents.append(make('strong', {}, tag.name), make('ul', {}, ...links));
  routes.append(make('h2', {}, tag.name), make('p', {}, ...prose(tag.description ?? '')), ...sections);
}
document.getElementById('language')?.addEventListener('change', choose);
choose();
// On a narrow screen the contents would fill it; a wide one always shows them.
const narrow = matchMedia('(max-width: 62rem)');
const fold = () => document.querySelector('nav details')?.toggleAttribute('open', !narrow.matches);
narrow.addEventListener('change', fold);
fold();
if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
