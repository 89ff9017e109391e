// What answers are narrowed to: days, languages, outlets. A form under the field, and chips in the answer that take each away again.
import { html, nothing } from 'lit';
import { clip } from '../text.js';

/** @typedef {import('../element.js').TelalChat} Chat */
/** @typedef {import('../client.js').Filters} Filters */
/** @typedef {import('../language.js').Key} Key */

/** Days back from today. @type {[Key, number][]} */
const SPANS = [['week', 7], ['month', 30]];

/** @param {number} days */
const ago = (days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

/** Asks which languages and outlets there are. @param {Chat} chat */
export async function openFilters(chat) {
  const found = chat._sources ?? (await chat._client()._get('sources').catch(() => ({ outlets: [] }))).outlets;
  const site = chat._client().outlets;
  chat._sources = site.length ? found.filter((/** @type {import('../client.js').Outlet} */ { name }) => site.includes(name)) : found;
  chat.requestUpdate();
}

/** Without what says nothing. @param {Filters} filters @returns {Filters} */
const bare = (filters) => Object.fromEntries(Object.entries(filters).filter(([, value]) => value?.length));

/** @param {Chat} chat */
export function filterForm(chat) {
  const f = chat.filters;
  /** @param {Filters} change */
  const set = (change) => (chat.filters = bare({ ...chat.filters, ...change }));
  const outlets = chat._sources ?? [];
  const tags = [...new Set(outlets.flatMap(({ languages }) => Object.keys(languages)))].map((tag) => /** @type {const} */ ([tag, chat.tongue(tag) || tag])).sort(([, a], [, b]) => a.localeCompare(b));
  const span = f.to ? undefined : SPANS.find(([, days]) => f.from === ago(days))?.[0];
  const ranged = !span && Boolean(f.from || f.to || chat._ranged);
  /** @param {Key} key @param {boolean} on @param {() => void} act */
  const radio = (key, on, act) => html`<label class="pick"><input type="radio" name="time" .checked=${on} @change=${act} />${chat.say(key)}</label>`;
  /** @param {'from' | 'to'} end */
  const day = (end) => html`<label>${chat.say(end)} <input type="date" .value=${f[end] ?? ''} min=${(end === 'to' && f.from) || nothing} max=${(end === 'from' && f.to) || nothing}
    @change=${(/** @type {Event} */ e) => set({ [end]: /** @type {HTMLInputElement} */ (e.target).value })} /></label>`;
  /** @param {'languages' | 'outlets'} kind @param {string} value @param {string} name */
  const box = (kind, value, name) => html`<label class="pick"><input type="checkbox" .checked=${f[kind]?.includes(value) ?? false}
    @change=${() => set({ [kind]: f[kind]?.includes(value) ? f[kind].filter((one) => one !== value) : [...(f[kind] ?? []), value] })} /><bdi>${clip(name, 60)}</bdi></label>`;
  /** @param {boolean} on */
  const range = (on) => {
    chat._ranged = on;
    chat.requestUpdate();
  };
  return html`<div class="narrow">
    <fieldset><legend>${chat.say('time')}</legend>${radio('any_time', !span && !ranged, () => (range(false), set({ from: '', to: '' })))}
      ${SPANS.map(([key, days]) => radio(key, key === span, () => (range(false), set({ from: ago(days), to: '' }))))}${radio('range', ranged, () => range(true))}
      ${ranged ? html`<span class="days">${day('from')} ${day('to')}</span>` : nothing}</fieldset>
    ${tags.length > 1 ? html`<fieldset><legend>${chat.say('languages')}</legend>${tags.map(([tag, name]) => box('languages', tag, name))}</fieldset>` : nothing}
    ${outlets.length > 1 ? html`<fieldset class="many"><legend>${chat.say('outlets')}</legend>${outlets.slice(0, 100).map(({ name }) => box('outlets', name, name))}</fieldset>` : nothing}
    ${Object.keys(f).length ? html`<button type="button" class="quiet" @click=${() => (range(false), (chat.filters = {}))}>${chat.say('remove_all')}</button>` : nothing}</div>`;
}

/** What an answer was narrowed to; each chip asks again without it. @param {Chat} chat @param {import('../conversation.js').Turn} turn */
export function filterChips(chat, turn) {
  const { filters: f } = turn;
  /** @param {string} day */
  const said = (day) => chat.day(day);
  /** @type {[string, Filters][]} */
  const chips = [
    ...(f.from || f.to ? [/** @type {[string, Filters]} */ ([`${f.from ? said(f.from) : ''} – ${f.to ? said(f.to) : ''}`.trim(), { from: '', to: '' }])] : []),
    ...(f.languages ?? []).map((tag) => /** @type {[string, Filters]} */ ([chat.tongue(tag) || tag, { languages: f.languages?.filter((one) => one !== tag) ?? [] }])),
    ...(f.outlets ?? []).map((name) => /** @type {[string, Filters]} */ ([clip(name, 60), { outlets: f.outlets?.filter((one) => one !== name) ?? [] }])),
  ];
  if (!chips.length) return nothing;
  return html`<ul class="only" aria-label=${chat.say('filter')}>${chips.map(([name, without]) => html`<li><button class="chip" ?disabled=${chat._conversation.busy || Boolean(turn.kept)}
    aria-label=${chat.say('remove', { name })} @click=${() => chat._retry(turn, false, (chat.filters = bare({ ...f, ...without })))}><bdi>${name}</bdi><span aria-hidden="true">×</span></button></li>`)}</ul>`;
}
