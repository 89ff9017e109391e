// Sharing an answer: a link that others may read until a day, and that its reader can erase; and a shared answer itself.
import { html, nothing } from 'lit';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../conversation.js').Turn} Turn */

/** @param {Turn} turn */
export const canShare = (turn) => turn.sentences.length > 0 && !turn.kept && (!turn.share || turn.share.state === 'failed');

/** @param {Chat} chat @param {Turn} turn */
export async function share(chat, turn) {
  const client = chat._client();
  turn.share = { state: 'sending', link: '', secret: '', until: '' };
  const made = await client._get('shares', { question: turn.standalone, filters: client.within(turn.filters), ...(turn.answer?.as_of ? { as_of: turn.answer.as_of } : {}) }).catch(() => null);
  await become(chat, turn, made
    ? { state: 'made', link: new URL(made.path, client.endpoint).href, secret: made.secret, until: made.until }
    : { ...turn.share, state: 'failed' });
}

/** Shows the new state and moves the focus to it. @param {Chat} chat @param {Turn} turn @param {import('../client.js').Share} state */
async function become(chat, turn, state) {
  turn.share = state;
  chat._status = said(chat, state);
  chat.requestUpdate();
  await chat.updateComplete;
  chat._find(`#turn-${turn.id} .share`)?.focus();
  chat._find(`#turn-${turn.id} .share`)?.scrollIntoView({ block: 'nearest' });
}

/** @param {Chat} chat @param {import('../client.js').Share} share */
const said = (chat, { state, until }) => chat.say(state === 'made' ? 'share_until' : state === 'erased' ? 'erased' : 'unsent', { date: chat.day(until) });

/** The link, copied or erased with a button. @param {Chat} chat @param {Turn} turn */
export function shareView(chat, turn) {
  const s = turn.share;
  if (!s || s.state === 'sending') return nothing;
  if (s.state !== 'made') return html`<p class="share thanks" tabindex="-1">${said(chat, s)}</p>`;
  const copy = async () => {
    const done = await navigator.clipboard?.writeText(s.link).then(() => true, () => false);
    chat._status = chat.say(done ? 'copied' : 'nocopy');
    chat.requestUpdate();
  };
  const erase = async () => {
    const response = await chat._client()._fetch(`shares/${s.secret}`, undefined, undefined, 'DELETE').catch(() => null);
    await become(chat, turn, { ...s, state: response?.ok ? 'erased' : 'failed' });
  };
  return html`<div class="feedback share" part="share" tabindex="-1" role="group" aria-label=${chat.say('share')}>
    <p class="note">${said(chat, s)}</p>
    <p class="link"><a href=${s.link} target="_blank" rel="noopener">${s.link}</a></p>
    <div class="actions"><button class="quiet" @click=${copy}>${chat.say('copy_link')}</button>
    <button class="quiet" @click=${erase}>${chat.say('erase')}</button></div>
  </div>`;
}

/** Shows a shared answer in place of the first suggestions, or says that it is there no longer. @param {Chat} chat @param {string} id */
export async function showShared(chat, id) {
  try {
    const { answer, changed, gone, until } = await chat._client()._get(`shares/${id}`);
    for (const c of answer.citations) if (changed.includes(c.number)) c.notes = [...(c.notes ?? []), { kind: 'changed', text: chat.say('changed') }];
    chat._conversation.add(answer, { until, gone });
  } catch (error) {
    console.warn('Telal:', error);
    chat._notice = chat.say('ended');
  }
  chat.requestUpdate();
}

/** What is said above a shared answer. @param {Chat} chat @param {Turn} turn */
export const keptNote = (chat, { kept: k }) => !k ? nothing
  : html`<p class="note" part="note" lang=${chat.spoken}>${chat.say('kept', { date: chat.day(k.until) })} ${k.gone ? chat.say('gone') : ''}</p>`;
