import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventParser } from './sse.js';

/** @param {string[]} parts */
function read(parts) {
  const got = [];
  const parse = eventParser((event) => got.push(event));
  for (const part of parts) parse(part);
  return got;
}

test('the same events come of any two cuts of the stream', () => {
  const text = ': ping\r\n\r\nid: 1\r\nevent: delta\r\ndata: {"a":1}\r\n\r\ndata: a\ndata:b\ndata\n\nevent: lost\ndata: unfinished\n';
  const want = [{ event: 'delta', data: '{"a":1}' }, { event: 'message', data: 'a\nb\n' }];
  for (let i = 0; i <= text.length; i++)
    for (let j = i; j <= text.length; j++)
      assert.deepEqual(read([text.slice(0, i), text.slice(i, j), text.slice(j)]), want, `cut at ${i} and ${j}`);
});

test('lines may end in CR alone, and a field may hold colons', () => {
  assert.deepEqual(read(['event: x\rdata: a:b: c\r\rdata: next\n\n']), [{ event: 'x', data: 'a:b: c' }, { event: 'message', data: 'next' }]);
});

test('an event without data is none', () => {
  assert.deepEqual(read(['event: x\n\n', ':\n\n', 'data:\n\n']), [{ event: 'message', data: '' }]);
});
