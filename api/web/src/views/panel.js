// The frame: launcher button, dialog, header, log of turns, first suggestions, and the form for the question.
import { html, nothing } from 'lit';
import { LANGUAGES } from '../language.js';
import { newest, storiesView } from './stories.js';

/** @typedef {import('../element.js').TelalChat} Chat */

/** @param {() => void} close @param {string} label */
export const closeButton = (close, label) => html`<button class="icon" aria-label=${label} @click=${close}>×</button>`;

/** @param {Chat} chat */
export function launcherView(chat) {
  return html`<button class="launcher" part="launcher" lang=${chat.spoken} ?hidden=${chat._opened}
      aria-haspopup="dialog" @click=${() => chat.open()}><span class="mark" aria-hidden="true">“</span>${chat._caption}</button>
    <dialog class="panel" part="panel" lang=${chat.spoken} aria-label=${chat._caption}
      @keydown=${chat._onKey}>${chat._opened ? panelView(chat) : nothing}</dialog>`;
}

/** @param {Chat} chat */
export function panelView(chat) {
  const { turns } = chat._conversation;
  const first = chat.mode === 'inline' && !turns.length; // then the box for the question comes before the stories
  return html`${header(chat)}${first ? composer(chat, false) : nothing}
    <div class="log" tabindex=${chat.mode === 'launcher' ? 0 : nothing} role="group" aria-label=${chat._caption}>
      ${turns.length ? turns.map((turn) => chat._later?.turnView(chat, turn) ?? awaited(chat, turn)) : welcome(chat)}
    </div>
    <p class="hidden" role="status">${chat._status}</p>
    ${first ? nothing : composer(chat, true)}`;
}

/** A question until what shows answers is here; and when it did not come. @param {Chat} chat @param {import('../conversation.js').Turn} turn */
function awaited(chat, turn) {
  const again = html`<div class="failure"><p>${chat.say('e_network')}</p><button class="quiet" @click=${() => chat._retry(turn)}>${chat.say('retry')}</button></div>`;
  return html`<article class="turn"><h3 dir="auto"><span class="hidden">${chat.say('you')}: </span>${turn.question}</h3>
    <div class="answer">${chat._later === null && turn.state !== 'busy' ? again : html`<p class="busy">${chat.say('busy')}</p>`}</div></article>`;
}

/** @param {Chat} chat */
function header(chat) {
  if (chat.bare) return html`<h2 class="hidden">${chat._caption}</h2>`;
  return html`<div class="head" part="header">
    <h2>${chat._caption}</h2>
    ${chat._conversation.turns.length ? html`<button class="icon fresh" aria-label=${chat.say('fresh')} title=${chat.say('fresh')} @click=${() => chat.clear()}>+</button>` : nothing}
    ${languageSwitch(chat)}
    ${chat.mode === 'launcher' ? closeButton(() => chat.close(), chat.say('close')) : nothing}
  </div>`;
}

/** @param {Chat} chat */
function languageSwitch(chat) {
  /** @param {Event} event */
  const choose = (event) => (chat.language = /** @type {HTMLSelectElement} */ (event.target).value);
  return html`<select aria-label=${chat.say('language')} @change=${choose}>
    ${Object.entries(LANGUAGES).map(([tag, name]) => html`<option value=${tag} lang=${tag} ?selected=${tag === chat._speech?.language}>${name}</option>`)}
  </select>`;
}

/** @param {Chat} chat */
function welcome(chat) {
  /** @param {string} question */
  const ask = (question) => {
    chat._find('#question')?.focus(); // the button pressed is about to go
    chat.ask(question);
  };
  const news = chat._suggestions.length ? html`<ul class="suggestions" aria-label=${chat.say('try')}>
      ${chat._suggestions.map(({ question, language }) => html`<li>
        <button part="suggestion" lang=${language} dir="auto" @click=${() => ask(question)}>${question}</button></li>`)}
    </ul>` : nothing;
  const stories = chat._stories.length ? html`<h3 class="label">${chat.say('latest')}${newest(chat, chat._stories)}</h3>${storiesView(chat, chat._stories, chat.spoken)}` : nothing;
  return html`${chat._notice ? html`<p class="doubt" part="doubt">${chat._notice}</p>` : nothing}${chat.bare ? nothing : html`<p class="intro">${chat.say('intro')}</p>`}<slot name="start">${chat._here ? chat._here.view(news) : news}</slot>${stories}`;
}

/** @param {Chat} chat @param {boolean} foot whether it stands below the log, where the filters are an icon before the box */
function composer(chat, foot) {
  const { busy } = chat._conversation;
  const send = () => {
    const box = /** @type {HTMLTextAreaElement | null} */ (chat._find('#question'));
    if (!box?.value.trim() || busy) return; // what was typed while an answer comes is kept
    chat.ask(box.value);
    box.value = '';
    if (matchMedia('(pointer: coarse)').matches) box.blur(); // a keyboard on the screen would hide the answer
    else box.focus();
  };
  /** @param {SubmitEvent} event */
  const onSubmit = (event) => {
    event.preventDefault();
    if (busy) chat._conversation.stop();
    else send();
  };
  /** @param {KeyboardEvent} event */
  const onEnter = (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };
  /** @param {Event} event */
  const onToggle = async (event) => {
    if (/** @type {HTMLDetailsElement} */ (event.target).open) (await chat._more())?.openFilters(chat);
  };
  const narrowed = Object.keys(chat.filters).length ? 'narrowed' : '';
  const filters = html`<details class="filters" part="filters" @toggle=${onToggle}><summary class=${narrowed} title=${chat.say('filter')}><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 7h18M6 12h12M10 17h4"></path></svg><span>${chat.say('filter')}</span></summary>${chat._later?.filterForm(chat)}</details>`;
  return html`<form class="composer" part="composer" @submit=${onSubmit}>${foot ? filters : nothing}
    <label class="hidden" for="question">${chat.say('label')}</label>
    <textarea id="question" part="input" rows="1" maxlength="2000" dir="auto" enterkeyhint="send"
      placeholder=${chat.say('label')} @keydown=${onEnter}></textarea>
    <button part="send">${chat.say(busy ? 'stop' : 'send')}</button>${foot ? nothing : filters}
  </form>`;
}
