// A Serbian quote in its reader's script, beside the original when asked for: letter by letter, by the server.
import { html, nothing } from 'lit';
import { clip } from '../text.js';

/** @typedef {import('../element.js').TelalChat} Chat */

/** @param {Chat} chat @param {import('../conversation.js').Turn} turn @param {import('../client.js').Citation} citation */
export function otherScript(chat, turn, { transliteration: t }) {
  if (!t) return nothing;
  const shown = turn.transliterated;
  const toggle = () => {
    turn.transliterated = !shown;
    chat.requestUpdate();
  };
  const words = html`<blockquote class="other" lang="sr-${t.script}">${clip(t.before, 1000)}<mark part="mark">${clip(t.quote, 5000)}</mark>${clip(t.after, 1000)}</blockquote>
    <p class="meta" lang=${chat.spoken}>${chat.say('transliterated')}</p>`;
  return html`${shown ? words : nothing}
    <button class="quiet" lang=${chat.spoken} aria-expanded=${shown} @click=${toggle}>${chat.say(t.script === 'Cyrl' ? 'in_cyrillic' : 'in_latin')}</button>`;
}
