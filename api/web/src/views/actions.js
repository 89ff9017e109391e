// One row below an answer: thumbs up and down, share, copy, its feed. A report opens from thumbs down.
import { html, nothing } from 'lit';
import { plainText } from '../text.js';
import { reportForm, sendFeedback, showFeedback } from './feedback.js';
import { canShare, share } from './share.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../conversation.js').Turn} Turn */

const THUMB = 'M7 10.5 11 3c1.6 0 2.7 1.3 2.4 2.8L12.7 9H19a2 2 0 0 1 2 2.4l-1.4 7A2 2 0 0 1 17.6 20H7zM3 10.5h4V20H3z';
const ARROW = 'M12 15V3M7.5 7 12 2.8 16.5 7M5 12v8h14v-8';
const SHEETS = 'M9 8h11v13H9zM5.5 16H4V3h11v2';
const WAVES = 'M5 19.5v-.1M5 12.5a7 7 0 0 1 7 7M5 5.5a14 14 0 0 1 14 14';
const TICK = 'm5 12.5 4.5 4.5L19 7';

/** @param {Chat} chat @param {Turn} turn */
export function actions(chat, turn) {
  if (turn.state !== 'done') return nothing;
  if (turn.feedback === 'form') return reportForm(chat, turn);
  const { answer: a } = turn;
  const judged = turn.kept ? nothing : turn.feedback === 'sent' ? html`<p class="thanks" tabindex="-1">${chat.say('thanks')}</p>` : html`
    ${a?.refusal ? nothing : tool(chat.say('helpful'), THUMB, () => sendFeedback(chat, turn, { verdict: 'helpful' }))}
    ${tool(chat.say('report_it'), THUMB, () => showFeedback(chat, turn, 'form', 'input'), 'down')}`;
  const copied = chat._copied === turn;
  return html`<div class="actions">${judged}
    ${canShare(turn) ? tool(chat.say('share'), ARROW, () => share(chat, turn)) : nothing}
    ${a?.refusal ? nothing : tool(chat.say(copied ? 'copied' : 'copy'), copied ? TICK : SHEETS, () => copy(chat, turn))}
    ${a && !a.digest?.length && (!a.refusal || a.refusal.nearest.length) ? follow(chat, turn, a.language) : nothing}
    ${turn.feedback === 'unsent' ? html`<p class="thanks" tabindex="-1">${chat.say('unsent')}</p>` : nothing}</div>`;
}

/** @param {string} label @param {string} drawing @param {() => void} act @param {string} [name] */
const tool = (label, drawing, act, name = '') => html`<button class="tool ${name}" aria-label=${label} title=${label} @click=${act}>${drawn(drawing)}</button>`;

/** @param {string} drawing */
const drawn = (drawing) => html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${drawing}></path></svg>`;

/** @param {Chat} chat @param {Turn} turn */
async function copy(chat, turn) {
  const done = await navigator.clipboard?.writeText(plainText(turn, chat.day, chat.say)).then(() => true, () => false);
  chat._status = chat.say(done ? 'copied' : 'nocopy');
  chat._copied = done ? turn : null;
  chat.requestUpdate();
}

/** Turns whose answer could not be followed. @type {WeakSet<Turn>} */
const failed = new WeakSet();

/** The feed of an answer: it stands alone, with what it is narrowed to. On Telal's own page it is followed on this device, elsewhere in a feed reader. Of a digest it stands above the stories, which are long on a phone. @param {Chat} chat @param {Turn} turn @param {string} language the answer's */
export function follow(chat, turn, language) {
  const client = chat._client();
  const { from, to, languages = [], outlets = [] } = client.within(turn.filters);
  const query = new URLSearchParams({ q: turn.standalone, language, ...(from && { from }), ...(to && { to }) });
  for (const tag of languages) query.append('in', tag);
  for (const name of outlets) query.append('outlet', name);
  const feed = `${client.endpoint.replace(/\/$/, '')}/v1/follow.atom?${query}`;
  /** @param {string} name @param {unknown} words */
  const away = (name, words) => html`<a class=${name} href=${feed} type="application/atom+xml" target="_blank" rel="noopener" title=${chat.say('follow_how')}>${words}<span class="hidden"> ${chat.say('tab')}</span></a>`;
  if (!chat.bare) return away('tool follow', [drawn(WAVES), chat.say('follow')]);
  const path = `/v1/follow.atom?${query}`;
  const followed = chat._followed?.has(path);
  /** @param {boolean} done */
  const then = (done) => {
    failed[done ? 'delete' : 'add'](turn);
    chat._status = done ? (chat._followed?.has(path) ? chat.say('followed_how') : '') : chat.say('unfollowed');
    chat.requestUpdate();
  };
  const note = failed.has(turn) ? chat.say('unfollowed') : followed ? html`${chat.say('followed_how')} ${away('', chat.say('follow_how'))}` : '';
  return html`<button class="tool follow" value=${feed} aria-pressed=${Boolean(followed)} @click=${() => chat._tell('follow', { feed: path, then })}>${drawn(followed ? TICK : WAVES)}${chat.say(followed ? 'following' : 'follow')}</button>
    ${note ? html`<p class="thanks" lang=${chat.spoken}>${note}</p>` : nothing}`;
}
