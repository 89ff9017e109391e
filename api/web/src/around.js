// What the page says around its answers, loaded once a reader comes near: its foot, and in its head the feed of the answer shown.

/** @typedef {import('./element.js').TelalChat} Chat */

/** @template {Element} T @param {string} selector @returns {T} */
const find = (selector) => /** @type {T} */ (document.querySelector(selector));

/** Older stories that are fetched at once. */
const MORE = 8;

/** Says once that the first page's stories have come. @param {Chat} chat @param {() => void} then */
function withStories(chat, then) {
  if (chat._stories.length) return then();
  const watch = new MutationObserver(() => chat._stories.length && (watch.disconnect(), then()));
  watch.observe(chat.renderRoot, { childList: true, subtree: true });
}

/** Puts the stories behind those of the first page under them. @param {Chat} chat */
function older(chat) {
  const button = /** @type {HTMLButtonElement} */ (find('#older'));
  button.textContent = chat._older ? chat.say('older') : '';
  button.onclick = async () => {
    const { _older: cursor, _stories: shown } = chat;
    button.disabled = true; // a second press would bring the same
    const page = await chat._client()._get(`stories?language=${chat.spoken}&limit=${MORE}&cursor=${cursor}`).catch(() => null);
    button.disabled = false;
    if (!page) return void (find('#status').textContent = chat.say('e_network'));
    if (shown !== chat._stories) return; // another language, or another list, came meanwhile
    chat._stories = [...shown, ...page.stories];
    chat._older = page.next;
    older(chat);
    chat.requestUpdate();
    await chat.updateComplete;
    chat._find(`.story:nth-child(${shown.length + 1}) a`)?.focus({ preventScroll: true });
  };
}

/** The foot of the page: its words, the way to older stories, and until when the archive was read. @param {Chat} chat */
export async function foot(chat) {
  const language = chat.spoken;
  const asked = chat._client()._get(`status?language=${language}`).catch(() => null); // nice to have
  await chat._speech?.more().catch((error) => console.error('Telal:', error));
  if (language !== chat.spoken) return; // it was changed meanwhile, and that is said by itself
  for (const [at, key] of /** @type {const} */ ([['summary', 'how'], ['details p', 'lead'], ['[href="/demo"]', 'demo'], ['[href="/api/reference"]', 'api']])) find(`body > footer ${at}`).textContent = chat.say(key);
  withStories(chat, () => older(chat));
  const status = await asked;
  if (language === chat.spoken) find('#status').textContent = status?.text ?? '';
}

/** The feed of the last answer, for readers of feeds that are given the page's address. @param {Chat} chat */
export async function feed(chat) {
  await chat.updateComplete;
  const link = /** @type {(HTMLAnchorElement & HTMLButtonElement) | null} */ (chat._find('.turn:last-of-type .follow')); // a button on this page
  const old = document.querySelector('link[rel=alternate]');
  if (!link) return old?.remove();
  const made = Object.assign(document.createElement('link'), { rel: 'alternate', type: 'application/atom+xml', href: link.href || link.value });
  if (old) old.replaceWith(made);
  else document.head.append(made);
}
