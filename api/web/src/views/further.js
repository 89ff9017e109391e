// What one could ask next: about the same story after an answer, about the nearest article after a refusal.
import { html, nothing } from 'lit';
import { keepTurns } from '../kept.js';
import { advise, announcement } from './announcement.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../conversation.js').Turn} Turn */

/** What follows the end of an answer, however it ended. @param {Chat} chat @param {Turn} turn */
export function ended(chat, turn) {
  chat._status = announcement(chat.say, turn);
  if (turn.failure?.wait) turn.until = Date.now() + turn.failure.wait * 1000;
  countDown(chat, turn.until);
  if (turn.failure?.kind === 'network') advise(chat._client().endpoint);
  if (turn.state === 'done') settle(chat, turn);
}

/** Shows every second how long there is to wait. @param {Chat} chat @param {number} until ms since 1970 */
function countDown(chat, until) {
  chat.requestUpdate();
  if (until > Date.now()) setTimeout(() => countDown(chat, until), 1000);
}

/** Asks the server for further questions once an answer is whole, and keeps the conversation. @param {Chat} chat @param {Turn} turn */
async function settle(chat, turn) {
  keepTurns(chat);
  const { answer: a } = turn;
  const articles = [...new Set((a?.refusal?.nearest ?? a?.citations ?? []).map((one) => one.article_id))].slice(0, a?.refusal ? 1 : 6); // of a refusal one: all of it stays in sight
  if (!articles.length) return;
  const asked = a?.refusal ? {} : { asked: turn.standalone };
  const found = await chat._client()._get('suggestions', { language: a?.language ?? chat._wanted, articles, ...asked }).catch(() => null); // nice to have
  turn.further = found?.suggestions ?? [];
  chat.requestUpdate();
}

/** @param {Chat} chat @param {import('../client.js').Suggestion} suggestion */
function button(chat, { question, language }) {
  const ask = () => {
    chat._find('#question')?.focus(); // the button pressed is about to go
    chat.ask(question);
  };
  return html`<button part="suggestion" lang=${language} dir="auto" ?disabled=${chat._conversation.busy} @click=${ask}>${question}</button>`;
}

/** The last thing below the last turn: its room, kept from the start so that nothing moves when they come, joins the free room there. @param {Chat} chat @param {Turn} turn */
export function furtherQuestions(chat, turn) {
  if (turn !== chat._conversation.turns.at(-1) || turn.state !== 'done' || turn.kept) return nothing;
  return html`<div class="next" part="next">${turn.further.length ? html`<h4 class="label" lang=${chat.spoken}>${chat.say('try')}</h4>
    <ul class="suggestions">${turn.further.map((one) => html`<li>${button(chat, one)}</li>`)}</ul>` : nothing}</div>`;
}
