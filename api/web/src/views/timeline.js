// What happened when: each quote under its day, on one line of time.
import { html } from 'lit';

/** @typedef {import('../conversation.js').Turn} Turn */
/** @typedef {import('../client.js').Sentence} Sentence */

/** A day, or a month and its year, and nothing else: "18 March 2025:". Other leads name an outlet. */
const DAY = /^(\d|\S+ \d{4})/;

/** @param {Turn} turn */
export const isTimeline = ({ sentences }) => sentences.length > 1 && sentences.every(({ lead }) => lead && DAY.test(lead));

/** @param {Turn} turn @param {(sentence: Sentence) => unknown} event how one is shown, without its day */
export const timeline = ({ sentences }, event) => html`<ol class="events" part="timeline">${sentences.map((s) => html`<li>
  <p class="day">${s.lead?.replace(/:$/, '')}</p>${event(s)}</li>`)}</ol>`;
