// Signing in: a key in exchange for a session.
import { html } from 'lit';
import { field, fieldsOf } from './parts.js';

/** @param {import('../desk.js').Desk} desk */
export const signInView = (desk) => html`<h1 tabindex="-1">${desk.say('signin')}</h1>
  <p class="lead">${desk.say('signin_lead')}</p>
  <form class="narrow" @submit=${(/** @type {SubmitEvent} */ e) => desk.signIn(fieldsOf(e).key ?? '')}>
    ${field(desk.say('key'), html`<input name="key" type="password" autocomplete="off" required spellcheck="false">`)}
    <button class="strong" ?disabled=${desk.busy}>${desk.say('signin')}</button>
  </form>`;
