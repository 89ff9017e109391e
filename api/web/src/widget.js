// The one file that a site embeds: defines <telal-chat>, and makes one for each script tag that asks for it with data-telal.
import { TelalChat } from './element.js';

export { LANGUAGES, load, pickLanguage } from './language.js'; // for Telal's own page

/** @param {HTMLScriptElement} script */
function place(script) {
  const chat = /** @type {TelalChat} */ (document.createElement('telal-chat'));
  chat.setAttribute('mode', 'launcher');
  for (const name of /** @type {const} */ (['endpoint', 'language', 'theme', 'mode', 'heading', 'outlets', 'keep', 'article', 'token'])) {
    const value = script.dataset[name];
    if (value || (value === '' && 'keep article'.includes(name))) chat.setAttribute(name, value);
  }
  if (chat.getAttribute('mode') === 'inline') script.after(chat);
  else document.body.append(chat);
}

if (!customElements.get('telal-chat')) {
  customElements.define('telal-chat', TelalChat);
  const start = () => document.querySelectorAll('script').forEach((script) => {
    if (script.src === import.meta.url && 'telal' in script.dataset) place(script);
  });
  if (document.body) start();
  else document.addEventListener('DOMContentLoaded', start);
}
