// The log of everything that was done at the desk, and who is signed in.
import { html, nothing } from 'lit';
import { clip } from '../../text.js';
import { actLine, drawer } from './parts.js';

/** @param {import('../desk.js').Desk} desk */
export async function loadLog(desk) {
  const [log, open] = await Promise.all([desk.server.get('log'), desk.server.get('sessions')]);
  return { ...log, ...open };
}

/** @param {import('../desk.js').Desk} desk */
export const logView = (desk) => html`<p class="lead">${desk.say('log_lead')}</p>
  ${drawer(desk.say('sessions'), sessionsView(desk))}
  ${desk.data.altered ? html`<p class="failure">${desk.say('altered', { n: desk.data.altered })}</p>` : nothing}
  <ol class="list acts" reversed>${desk.data.acts.map((/** @type {any} */ act) => actLine(desk, act, true))}</ol>
  ${desk.data.next ? html`<button @click=${() => older(desk)}>${desk.say('older')}</button>` : nothing}`;

/** @param {import('../desk.js').Desk} desk */
const sessionsView = (desk) => html`<ul class="list">${desk.data.sessions.map(
    (/** @type {any} */ s) => html`<li><bdi>${desk.say('since', { name: clip(s.editor, 60), date: desk.moment(s.began), network: s.network || '?' })}</bdi>${s.here ? html` <span class="badge">${desk.say('here')}</span>` : nothing}</li>`,
  )}</ul>
  <button ?disabled=${desk.busy} @click=${() => desk.signOut(true)}>${desk.say('leave_all')}</button>`;

/** @param {import('../desk.js').Desk} desk */
async function older(desk) {
  const more = await desk.act(() => desk.server.get('log', { before: desk.data.next }));
  if (more) desk.data = { ...desk.data, ...more, acts: [...desk.data.acts, ...more.acts] };
  desk.draw();
}
