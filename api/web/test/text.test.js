import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cited, clip, placeOf, plainText, safeUrl } from '../src/text.js';

test('only http and https become links', () => {
  assert.equal(safeUrl('https://a.example/x?y=1#z')?.href, 'https://a.example/x?y=1#z');
  assert.equal(safeUrl('HTTP://a.example')?.protocol, 'http:');
  for (const bad of ['javascript:alert(1)', 'java\nscript:alert(1)', ' javascript:x', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', 'blob:https://a/x', '//a.example', 'a.example', '', null, undefined, {}])
    assert.equal(safeUrl(bad), null, String(bad));
});

test('a text fragment names short quotes whole and long ones by their ends', () => {
  const at = (url, quote) => placeOf(new URL(url), quote);
  assert.equal(at('https://a.example/x', 'Three, four - five & six'), 'https://a.example/x#:~:text=Three%2C%20four%20%2D%20five%20%26%20six');
  assert.equal(at('https://a.example/x#top', 'one'), 'https://a.example/x#top:~:text=one');
  assert.equal(at('https://a.example/x', 'a b c d e f g h i j k l m'), 'https://a.example/x#:~:text=a%20b%20c%20d%20e,i%20j%20k%20l%20m');
  assert.equal(at('https://a.example/x', 'Споразум'), `https://a.example/x#:~:text=${encodeURIComponent('Споразум')}`);
});

test('what is too long is cut, what is missing is empty', () => {
  assert.equal(clip('x'.repeat(1e6), 5), 'xxxxx…');
  assert.equal(clip('short', 5), 'short');
  assert.equal(clip(null, 5), '');
});

const source = { article_id: 'a', title: 'Title', outlet: 'Outlet', facts_from: 'Wire', url: 'https://a.example/', published: '2025-03-18', language: 'en' };
const citations = new Map([2, 1, 3].map((number) => [number, { ...source, number, url: number === 2 ? 'javascript:x' : source.url }]));
const sentences = [{ text: 'Quoted.', citations: [2], verdict: 'quote' }, { text: 'Written.', citations: [1, 2], verdict: 'supported' }];

test('citations are those that sentences rest on, by number', () => {
  assert.deepEqual(cited(sentences, citations).map((c) => c.number), [1, 2]);
});

test('a copy holds question, answer with numbers, and sources without unsafe links', () => {
  const turn = { question: 'Q?', sentences: sentences.slice(0, 1), written: sentences.slice(1), citations, answer: { written: { notice: 'Wording: m.' }, notices: ['Perhaps.'] } };
  const text = plainText(turn, () => '18 March 2025', (key, { model, outlet }) => `${key} ${model ?? outlet}`);
  assert.equal(text, 'Q?\n\nWritten. [1] [2]\nWording: m.\n\nPerhaps.\n“Quoted.” [2]\n\n[1] brief_by Wire, 18 March 2025, Title, https://a.example/\n[2] brief_by Wire, 18 March 2025, Title');
});
