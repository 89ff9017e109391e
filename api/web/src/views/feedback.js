// Helpful, wrong, wrong source: in the reader's own words when they like.
import { html, nothing } from 'lit';
import { clip } from '../text.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../conversation.js').Turn} Turn */

/** @param {Chat} chat @param {Turn} turn */
export function feedbackView(chat, turn) {
  if (turn.feedback === 'form') return form(chat, turn);
  if (turn.feedback === 'sent') return html`<p class="thanks" tabindex="-1">${chat.say('thanks')}</p>`;
  const helpful = () => chat._sendFeedback(turn, { verdict: 'helpful' });
  return html`${turn.answer?.refusal ? nothing : html`<button class="quiet" @click=${helpful}>${chat.say('helpful')}</button>`}
    <button class="quiet" @click=${() => chat._showFeedback(turn, 'form', 'input')}>${chat.say('report_it')}</button>
    ${turn.feedback === 'unsent' ? html`<p class="thanks" tabindex="-1">${chat.say('unsent')}</p>` : nothing}`;
}

/** @param {Chat} chat @param {Turn} turn */
function form(chat, turn) {
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
      <label><input type="checkbox" name="consent" /> ${chat.say('consent')}</label>
    </fieldset>
    <div class="actions"><button class="strong">${chat.say('give')}</button>
    <button type="button" class="quiet" @click=${() => chat._showFeedback(turn, '', '.actions button')}>${chat.say('cancel')}</button></div>
  </form>`;
}
