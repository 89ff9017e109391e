// The log of everything that was done at the desk.
import { html, nothing } from 'lit';
import { actLine } from './parts.js';

/** @param {import('../desk.js').Desk} desk */
export const logView = (desk) => html`<p class="lead">${desk.say('log_lead')}</p>
  ${desk.data.altered ? html`<p class="failure">${desk.say('altered', { n: desk.data.altered })}</p>` : nothing}
  <ol class="list acts" reversed>${desk.data.acts.map((/** @type {any} */ act) => actLine(desk, act, true))}</ol>
  ${desk.data.next ? html`<button @click=${() => older(desk)}>${desk.say('older')}</button>` : nothing}`;

/** @param {import('../desk.js').Desk} desk */
async function older(desk) {
  const more = await desk.act(() => desk.server.get('log', { before: desk.data.next }));
  if (more) desk.data = { ...more, acts: [...desk.data.acts, ...more.acts] };
  desk.draw();
}
