// The API's page: every route of /openapi.json with an example that can be run. Sets text only, never markup.

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

/** @param {any} description @param {string} path @param {string} method @param {any} route */
function sectionOf(description, path, method, route) {
  const name = `${method}${path}`.replace(/\W+/g, '-');
  const wanted = (route.parameters ?? []).filter((/** @type {any} */ p) => p.in === 'query');
  const example = bodyOf(description, route);
  const where = make('input', { id: `${name}-path`, value: path, spellcheck: 'false' });
  const body = example === null ? null : make('textarea', { id: `${name}-body`, spellcheck: 'false' }, example);
  const output = make('pre', { 'aria-live': 'polite', tabindex: '0', hidden: '' });
  const button = make('button', { type: 'button' }, 'Run');
  button.addEventListener('click', () =>
    run(output, method.toUpperCase(), /** @type {any} */ (where).value, body && /** @type {any} */ (body).value),
  );
  const replies = Object.entries(route.responses).map(([status, reply]) => make('li', {}, `${status}: ${reply.description}`));
  const queries = wanted.map((/** @type {any} */ p) => make('li', {}, make('code', {}, p.name), ` ${p.description ?? ''}`));
  return make(
    'section',
    { 'aria-labelledby': name },
    make('h3', { id: name }, `${route.summary} `, make('code', {}, `${method.toUpperCase()} ${path}`)),
    make('p', {}, route.description ?? ''),
    ...(queries.length ? [make('p', {}, 'Query:'), make('ul', {}, ...queries)] : []),
    make('details', {}, make('summary', {}, 'Replies'), make('ul', {}, ...replies)),
    make('label', { for: `${name}-path` }, 'Address'),
    where,
    ...(body ? [make('label', { for: `${name}-body` }, 'Body'), body] : []),
    button,
    output,
  );
}

const description = await (await fetch('/openapi.json')).json();
document.getElementById('about')?.replaceChildren(`Version ${description.info.version}. ${description.info.description}`);
/** @type {Map<string, HTMLElement[]>} */
const groups = new Map();
for (const [path, methods] of Object.entries(description.paths)) {
  for (const [method, route] of Object.entries(methods)) {
    const tag = route.tags[route.tags.length - 1];
    groups.set(tag, [...(groups.get(tag) ?? []), sectionOf(description, path, method, route)]);
  }
}
for (const [tag, sections] of groups) document.getElementById('routes')?.append(make('h2', {}, tag), ...sections);
