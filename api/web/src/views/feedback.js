// What is wrong with an answer, in the reader's own words when they like; question and answer go along unless the reader takes them out.
import { html } from 'lit';
import { clip } from '../text.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../conversation.js').Turn} Turn */

/** @param {Chat} chat @param {Turn} turn */
export function reportForm(chat, turn) {
  const numbers = [...turn.citations.keys()];
  /** @param {SubmitEvent} event */
  const send = (event) => {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const citation = Number(data.get('citation')) || null;
    const along = data.has('consent') && {
      question: turn.question,
      answer: clip(turn.answer?.text, 3999),
      quote: clip(citation && turn.citations.get(citation)?.quote, 999),
    };
    sendFeedback(chat, turn, { verdict: citation ? 'wrong_source' : 'wrong', comment: String(data.get('comment')), citation, ...along });
  };
  return html`<form class="feedback" part="feedback" @submit=${send}>
    <fieldset>
      <legend>${chat.say('report_it')}</legend>
      <label><input type="radio" name="citation" value="" checked /> ${chat.say('wrong')}</label>
      ${numbers.map((n) => html`<label><input type="radio" name="citation" value=${n} /> ${chat.say('wrong_source')}: ${n}</label>`)}
      <label class="stacked">${chat.say('words')} <textarea name="comment" rows="2" maxlength="1000" dir="auto"></textarea></label>
      <label><input type="checkbox" name="consent" checked /> ${chat.say('consent')}</label>
    </fieldset>
    <div class="actions"><button class="strong">${chat.say('give')}</button>
    <button type="button" class="quiet" @click=${() => showFeedback(chat, turn, '', '.actions button')}>${chat.say('cancel')}</button></div>
  </form>`;
}

/** @param {Chat} chat @param {Turn} turn @param {Turn['feedback']} state @param {string} focus */
export async function showFeedback(chat, turn, state, focus) {
  turn.feedback = state;
  chat._status = chat.say(state === 'sent' ? 'thanks' : state === 'unsent' ? state : 'report_it');
  chat.requestUpdate();
  await chat.updateComplete;
  chat._find(`#turn-${turn.id} ${focus}`)?.focus();
  chat._find('.feedback')?.scrollIntoView({ block: 'nearest' }); // its buttons too, clear of the box for the question
}

/** @param {Chat} chat @param {Turn} turn @param {Omit<import('../client.js').Feedback, 'id'>} feedback */
export async function sendFeedback(chat, turn, feedback) {
  const body = { id: turn.answer?.id ?? '', ...feedback };
  const taken = await chat._client()._fetch('feedback', body).then((response) => response.ok, () => false);
  await showFeedback(chat, turn, taken ? 'sent' : 'unsent', '.thanks');
}
