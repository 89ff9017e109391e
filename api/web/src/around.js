// What the page says around its answers, loaded once a reader comes near: its foot, and in its head the feed of the answer shown.

/** @typedef {import('./element.js').TelalChat} Chat */

/** @template {Element} T @param {string} selector @returns {T} */
const find = (selector) => /** @type {T} */ (document.querySelector(selector));

/** The foot of the page: its words, and until when the archive was read. @param {Chat} chat */
export async function foot(chat) {
  const language = chat.spoken;
  const asked = chat._client()._get(`status?language=${language}`).catch(() => null); // nice to have
  await chat._speech?.more().catch((error) => console.error('Telal:', error));
  if (language !== chat.spoken) return; // it was changed meanwhile, and that is said by itself
  for (const [at, key] of /** @type {const} */ ([['summary', 'how'], ['details p', 'lead'], ['[href="/demo"]', 'demo'], ['[href="/api/reference"]', 'api']])) find(`body > footer ${at}`).textContent = chat.say(key);
  const status = await asked;
  if (language === chat.spoken) find('#status').textContent = status?.text ?? '';
}

/** The feed of the last answer, for readers of feeds that are given the page's address. @param {Chat} chat */
export async function feed(chat) {
  await chat.updateComplete;
  const link = /** @type {HTMLAnchorElement | null} */ (chat._find('.turn:last-of-type .follow'));
  const old = document.querySelector('link[rel=alternate]');
  if (!link) return old?.remove();
  const made = Object.assign(document.createElement('link'), { rel: 'alternate', type: link.type, href: link.href });
  if (old) old.replaceWith(made);
  else document.head.append(made);
}
