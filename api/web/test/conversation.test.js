import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation } from '../src/conversation.js';

const citation = { number: 1, outlet: 'Gazette' };
const sentence = { text: 'A.', citations: [1], verdict: 'quote' };
const answer = (text) => ({ status: 'answered', sentences: [sentence], citations: [citation], text });

/** A conversation with a server that does what `play` says. */
function talk(play) {
  const asked = [];
  const states = [];
  const client = {
    ask: async (question, history, on, signal) => {
      asked.push({ question, history });
      return play(question, on, signal);
    },
  };
  return { asked, states, conversation: new Conversation(() => client, (turn) => states.push(turn.state)) };
}
const answering = async (question, on) => {
  on.citation(citation);
  on.delta(sentence);
  on.answer(answer(`About ${question}`));
  return null;
};

test('a turn goes from busy to done, and the final answer is what counts', async () => {
  const { conversation, states } = talk(answering);
  await conversation.ask('  Who?  ');
  const [turn] = conversation.turns;
  assert.deepEqual(states, ['busy', 'busy', 'done']);
  assert.equal(turn.question, 'Who?');
  assert.deepEqual([...turn.citations.values()], [citation]);
  assert.equal(conversation.busy, false);
});

test('follow-ups carry the last six exchanges that were answered', async () => {
  let fail = false;
  const { conversation, asked } = talk(async (q, on) => (fail ? { kind: 'network' } : answering(q, on)));
  for (let n = 0; n < 8; n++) await conversation.ask(`q${n}`);
  fail = true;
  await conversation.ask('lost');
  fail = false;
  await conversation.ask('last');
  assert.deepEqual(asked.at(-1).history.map((h) => h.question), ['q2', 'q3', 'q4', 'q5', 'q6', 'q7']);
  assert.equal(asked.at(-1).history[0].answer, 'A.[1]');
});

test('what broke off after it had begun is asked once more, by itself', async () => {
  let times = 0;
  const { conversation, asked } = talk(async (q, on) => {
    on.passages({ standalone: q });
    if (++times > 1) return answering(q, on);
    on.delta({ ...sentence, text: 'B.' });
    return { kind: 'cut' };
  });
  await conversation.ask('Who?');
  const [turn] = conversation.turns;
  assert.equal(asked.length, 2);
  assert.deepEqual([turn.state, turn.failure, turn.sentences, [...turn.citations.keys()]], ['done', null, [sentence], [1]]);
  times = -9;
  await conversation.ask('And?');
  assert.equal(conversation.turns[1].state, 'failed');
  assert.equal(asked.length, 4);
});

test('what never began, or took too long, is asked once', async () => {
  const { conversation, asked } = talk(async (q) => ({ kind: q }));
  await conversation.ask('busy');
  await conversation.ask('network');
  assert.equal(asked.length, 2);
});

test('a retry takes the place of what failed, and sees only what came before', async () => {
  let fail = true;
  const { conversation, asked } = talk(async (q, on) => (fail && q === 'b' ? { kind: 'network' } : answering(q, on)));
  for (const q of ['a', 'b', 'c']) await conversation.ask(q);
  fail = false;
  const failed = conversation.turns[1];
  await conversation.retry(failed);
  assert.deepEqual(conversation.turns.map((t) => [t.question, t.state]), [['a', 'done'], ['b', 'done'], ['c', 'done']]);
  assert.deepEqual(asked.at(-1).history.map((h) => h.question), ['a']);
  await conversation.retry(conversation.turns[1], true);
  assert.deepEqual(asked.at(-1).history, []);
  await conversation.retry(failed); // no longer there: nothing happens
  assert.equal(asked.length, 5);
});

test('one question at a time; stopping keeps what has come', async () => {
  const { conversation, asked } = talk((_, on, signal) => {
    on.delta(sentence);
    return new Promise((done) => signal.addEventListener('abort', () => done(null)));
  });
  const first = conversation.ask('slow');
  await conversation.ask('second');
  assert.equal(asked.length, 1);
  assert.equal(conversation.busy, true);
  conversation.stop();
  await first;
  assert.equal(conversation.turns[0].state, 'stopped');
  assert.equal(conversation.turns[0].sentences.length, 1);
  assert.equal(conversation.busy, false);
});

test('a new conversation forgets the old one even while it is busy', async () => {
  const { conversation } = talk((_, on, signal) => new Promise((done) => signal.addEventListener('abort', () => done(null))));
  const first = conversation.ask('slow');
  conversation.clear();
  assert.equal(conversation.busy, false);
  await first;
  assert.deepEqual(conversation.turns, []);
});

test('words are needed', async () => {
  const { conversation, asked } = talk(answering);
  await conversation.ask(' \n ');
  assert.equal(asked.length, 0);
});

test('an answer is done when it can be shown whole; stopping does not wait for that', async () => {
  for (const settle of ['ready', 'stop']) {
    const states = [];
    let ready = () => {};
    const waiting = () => new Promise((resolve) => (ready = resolve));
    const conversation = new Conversation(() => ({ ask: (question, history, on) => answering(question, on) }), (turn) => states.push(turn.state), waiting);
    const asked = conversation.ask('Who?');
    await new Promise(setImmediate);
    assert.equal(conversation.turns[0].state, 'busy');
    assert.ok(conversation.turns[0].answer);
    settle === 'ready' ? ready() : conversation.stop();
    await asked;
    assert.equal(states.at(-1), 'done');
  }
});
