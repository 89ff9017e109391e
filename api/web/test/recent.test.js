import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentConversations } from '../src/recent.js';

/** A storage with room for so many characters. */
function storage(room = Infinity) {
  const held = new Map();
  return {
    held,
    getItem: (name) => held.get(name) ?? null,
    setItem: (name, value) => {
      if (value.length > room) throw new Error('full');
      held.set(name, value);
    },
    removeItem: (name) => held.delete(name),
  };
}
const answer = (question, more = '') => ({ question, text: more });
const asked = (recent) => recent.all().map(({ turns }) => turns.map((turn) => turn?.question ?? null));

test('conversations are kept, the newest first, and found again by another page', () => {
  const one = storage();
  const recent = new RecentConversations(() => one);
  recent.keep('a', 0, answer('Who?'), 'en');
  recent.keep('b', 0, answer('Where?'), 'en');
  recent.keep('a', 1, answer('And when?'), 'en');
  const later = new RecentConversations(() => one);
  assert.deepEqual(asked(later), [['Who?', 'And when?'], ['Where?']]);
  assert.deepEqual(later._turns('nobody'), []);
});

test('an answer in an earlier place drops what followed, and a turn without an answer leaves a gap', () => {
  const recent = new RecentConversations(() => one);
  const one = storage();
  recent.keep('a', 0, answer('Who?'), 'en');
  recent.keep('a', 2, answer('Why?'), 'en');
  assert.deepEqual(asked(recent), [['Who?', null, 'Why?']]);
  recent.keep('a', 1, answer('When?'), 'en');
  assert.deepEqual(asked(recent), [['Who?', 'When?']]);
});

test('they end after thirty days, ten are kept, and each is forgotten when the reader says so', () => {
  let now = 1e12;
  const one = storage();
  const recent = new RecentConversations(() => one, () => now);
  recent.keep('old', 0, answer('Old?'), 'en');
  now += 31 * 86_400_000;
  assert.deepEqual(asked(recent), []);
  for (let n = 0; n < 12; n++) recent.keep(`c${n}`, 0, answer(`${n}?`), 'en');
  assert.equal(recent.all().length, 10);
  recent.forget('c11');
  assert.equal(recent.all()[0]?.id, 'c10');
  recent.forget();
  assert.equal(one.held.size, 0);
});

test('where there is no room the oldest go first; the newest alone stays while the page is open', () => {
  const small = storage(700);
  const recent = new RecentConversations(() => small);
  for (const name of ['a', 'b', 'c', 'd']) recent.keep(name, 0, answer(`${name}?`, 'x'.repeat(150)), 'en');
  assert.equal(recent.stored.lasting, true);
  assert.equal(recent.all()[0]?.id, 'd');
  assert.ok(recent.all().length < 4);
  recent.keep('e', 0, answer('e?', 'x'.repeat(1000)), 'en');
  assert.equal(recent.stored.lasting, false);
  assert.equal(recent._turns('e').length, 1);
});

test('an answer from an erased article is forgotten when a reader comes back to it', async () => {
  const one = storage();
  const recent = new RecentConversations(() => one, Date.now, async (article) => article === 'b');
  recent.keep('x', 0, { ...answer('Who?'), citations: [{ article_id: 'a' }] }, 'en');
  recent.keep('x', 1, { ...answer('Where?'), citations: [{ article_id: 'a' }, { article_id: 'b' }] }, 'en');
  recent.keep('x', 2, { ...answer('Why?'), refusal: { nearest: [{ article_id: 'b' }] } }, 'en');
  assert.deepEqual((await recent.turns('x')).map((turn) => turn?.question ?? null), ['Who?', null, null]);
  assert.ok(!one.held.get('telal recent').includes('Where?'));
});

test('storage that is forbidden or spoiled costs nothing but the memory', () => {
  const forbidden = new RecentConversations(() => {
    throw new Error('SecurityError');
  });
  forbidden.keep('a', 0, answer('Who?'), 'en');
  assert.equal(forbidden.stored.lasting, false);
  assert.deepEqual(asked(forbidden), [['Who?']]);
  const spoiled = storage();
  spoiled.held.set('telal recent', '{"not": "a list"}');
  assert.deepEqual(new RecentConversations(() => spoiled).all(), []);
});
