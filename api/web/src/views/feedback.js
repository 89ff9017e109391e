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
    chat._sendFeedback(turn, { verdict: citation ? 'wrong_source' : 'wrong', comment: String(data.get('comment')), citation, ...along });
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
    <button type="button" class="quiet" @click=${() => chat._showFeedback(turn, '', '.actions button')}>${chat.say('cancel')}</button></div>
  </form>`;
}
