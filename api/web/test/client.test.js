import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { retryAfter } from '../client/retry.js';
import { Client } from '../src/client.js';
import { context } from '../src/views/card.js';

const honest = globalThis.fetch;
afterEach(() => (globalThis.fetch = honest));

/** Makes fetch give this reply; returns what it was called with. @param {() => Response} reply */
function serve(reply) {
  const calls = [];
  globalThis.fetch = async (url, init) => {
    calls.push({ url, ...init });
    return reply();
  };
  return calls;
}
const stream = (text) => new Response(text, { headers: { 'content-type': 'text/event-stream' } });
const ask = (client = new Client('https://telal.example'), on = { answer: () => {} }) => client.ask('Q?', [], on, new AbortController().signal);

test('a whole answer is no failure, and its events come in order', async () => {
  const calls = serve(() => stream('event: delta\ndata: {"text":"a"}\n\n: ping\n\nevent: answer\ndata: {"id":"1"}\n\n'));
  const got = [];
  const failure = await ask(new Client('https://telal.example/sub/', ['Gazette']), { delta: (d) => got.push(d.text), answer: (a) => got.push(a.id) });
  assert.equal(failure, null);
  assert.deepEqual(got, ['a', '1']);
  assert.equal(calls[0].url, 'https://telal.example/sub/v1/ask');
  assert.equal(calls[0].credentials, 'omit');
  assert.deepEqual(JSON.parse(calls[0].body), { question: 'Q?', history: [], filters: { outlets: ['Gazette'] }, stream: true });
  await ask(new Client('https://telal.example', [], 'mk'));
  assert.equal(JSON.parse(calls[1].body).page_language, 'mk');
});

test('a question on an article names it, and is asked again without it where the article has gone', async () => {
  const whole = 'event: answer\ndata: {"id":"1"}\n\n';
  const replies = [new Response('{}', { status: 410 }), stream(whole), stream(whole)];
  const calls = serve(() => replies.shift());
  const client = new Client('https://telal.example', [], '', 'gazette/1');
  assert.equal(await ask(client), null);
  const sent = calls.map(({ body }) => JSON.parse(body).about);
  assert.deepEqual(sent, ['gazette/1', undefined]);
  await client.ask('Only this?', [], { answer: () => {} }, new AbortController().signal, {}, true);
  assert.equal(JSON.parse(calls[2].body).about, undefined);
});

test('what the publisher signed is sent along, and left out where it is refused', async () => {
  const replies = [new Response('{}', { status: 403 }), new Response('{"outlets":[]}')];
  const calls = serve(() => replies.shift());
  await new Client('https://telal.example', [], '', undefined, 'a.b.ć')._get('sources');
  assert.deepEqual(calls.map(({ headers }) => headers), [{ 'x-telal-reader': 'a.b.%C4%87' }, {}]);
  assert.equal((await new Client('https://telal.example')._fetch('x').catch(() => null)), undefined);
  assert.deepEqual(calls.at(-1).headers, {});
});

test('every way of failing has its name', async () => {
  const problem = { status: 422, headers: { 'content-type': 'application/problem+json' } };
  const cases = [
    [() => stream('event: delta\ndata: {}\n\n'), { kind: 'cut' }],
    [() => stream('event: answer\ndata: not json\n\n'), { kind: 'cut' }],
    [() => stream('event: error\ndata: {"status":500}\n\n'), { kind: 'server' }],
    [() => stream('event: error\ndata: {"status":504}\n\n'), { kind: 'busy' }],
    [() => stream('event: error\ndata: {"status":503}\n\n'), { kind: 'cut' }],
    [() => new Response('', { status: 503, headers: { 'retry-after': '3' } }), { kind: 'busy', wait: 3 }],
    [() => new Response('', { status: 504 }), { kind: 'busy', wait: undefined }],
    [() => new Response('<h1>Bad gateway</h1>', { status: 502 }), { kind: 'server', wait: undefined }],
    [() => new Response('{"detail":"Too long."}', problem), { kind: 'refused', detail: 'Too long.' }],
    [() => new Response('{"detail":["x"]}', problem), { kind: 'refused', detail: '' }],
    [() => new Response('', { status: 429, headers: { 'retry-after': '7' } }), { kind: 'rate', wait: 7 }],
    [() => new Response('', { status: 429 }), { kind: 'rate', wait: undefined }],
    [() => { throw new TypeError('fetch failed'); }, { kind: 'network' }],
  ];
  const { warn } = console;
  console.warn = () => {};
  for (const [reply, want] of cases) {
    serve(reply);
    assert.deepEqual(await ask(), want);
  }
  console.warn = warn;
});

test('a reader who stops has no failure', async () => {
  const stop = new AbortController();
  globalThis.fetch = (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const asked = new Client('https://telal.example').ask('Q?', [], {}, stop.signal);
  stop.abort();
  assert.equal(await asked, null);
});

test('Retry-After holds seconds or a date', () => {
  assert.equal(retryAfter('7'), 7);
  assert.equal(retryAfter(new Date(Date.now() + 60_000).toUTCString()) > 50, true);
  for (const none of [null, '', '0', 'soon', '-3', new Date(0).toUTCString()]) assert.equal(retryAfter(none), undefined, String(none));
});

test('an article id is escaped in its address', async () => {
  const calls = serve(() => new Response('{"context":{"quote":"q"}}'));
  await context({ _client: () => new Client('https://telal.example') }, { article_id: 'a/../b?c#d', start: 1, end: 2 });
  assert.equal(calls[0].url, 'https://telal.example/v1/articles/a%2F..%2Fb%3Fc%23d?start=1&end=2');
});
