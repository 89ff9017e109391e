// Outlets: how they fare; adding one by its address; pausing, removing, visiting; reading one page anew.
import { html, nothing } from 'lit';
import { clip } from '../../text.js';
import { drawer, field, fieldsOf } from './parts.js';

/** @typedef {import('../desk.js').Desk} Desk */
/** @typedef {import('../desk.js').Word} Word */

/** @param {Desk} desk */
export const sourcesView = (desk) => html`<p class="lead">${desk.say('sources_lead')}</p>
  <section class="box"><h2>${desk.say('add_title')}</h2>
    <form class="line" @submit=${(/** @type {SubmitEvent} */ e) => find(desk, fieldsOf(e))}>
      ${field(desk.say('address'), html`<input name="address" required minlength="3" maxlength="2000" inputmode="url" autocomplete="off" spellcheck="false" placeholder="news.example">`)}
      <button class="strong" ?disabled=${desk.busy}>${desk.say(desk.kept.finding ? 'finding' : 'find')}</button></form>
    ${desk.kept.found ? foundView(desk, desk.kept.found) : nothing}</section>
  ${desk.data.outlets.length ? desk.data.outlets.map((/** @type {any} */ outlet) => outletView(desk, outlet)) : html`<p class="meta">${desk.say('none')}</p>`}
  ${desk.data.removed.length ? html`<section><h2>${desk.say('removed')}</h2><ul class="list">${desk.data.removed.map((/** @type {string} */ name) => html`<li><bdi>${name}</bdi>
    <button class="quiet" @click=${() => change(desk, 'restore', { name })}>${desk.say('restore')}</button></li>`)}</ul></section>` : nothing}
  ${followsView(desk, desk.data.follows)}
  <section class="box"><h2>${desk.say('again')}</h2><p class="note">${desk.say('again_lead')}</p>
    <form class="line" @submit=${(/** @type {SubmitEvent} */ e) => again(desk, fieldsOf(e))}>
      ${field(desk.say('page_address'), html`<input name="address" required minlength="3" maxlength="2000" inputmode="url" autocomplete="off" spellcheck="false">`)}
      <button ?disabled=${desk.busy}>${desk.say('read_anew')}</button></form>
    ${desk.kept.again ? html`<p role="status">${desk.say(/** @type {Word} */ (`b_${desk.kept.again.became}`), { reason: desk.kept.again.reason })}
      ${desk.kept.again.articles.map((/** @type {string} */ id) => html` <a href="#/articles/${encodeURIComponent(id)}">${clip(id, 60)}</a>`)}</p>` : nothing}</section>`;

/** @param {Desk} desk @param {any} outlet */
function outletView(desk, outlet) {
  const paused = outlet.health === 'paused';
  const facts = [
    outlet.last_success && desk.say('last_visit', { date: desk.moment(outlet.last_success) }),
    outlet.next_visit && desk.say('next_visit', { date: desk.moment(outlet.next_visit) }),
    desk.say('per_day', { n: outlet.per_day }),
    desk.say('held_n', { n: outlet.held }),
    outlet.rejected && desk.say('rejected_n', { n: outlet.rejected }),
  ].filter(Boolean);
  return html`<article class="box" aria-label=${outlet.name}>
    <h2><bdi>${clip(outlet.name, 200)}</bdi> <span class="badge ${outlet.health}">${desk.say(/** @type {Word} */ (`h_${outlet.health}`))}</span></h2>
    <ul class="facts meta">${facts.map((fact) => html`<li>${fact}</li>`)}</ul>
    <ul class="addresses meta">${outlet.sources.map((/** @type {any} */ s) => html`<li>${clip(s.url, 200)}</li>`)}</ul>
    ${outlet.error ? html`<p class="failure">${clip(outlet.error, 500)}</p>` : nothing}
    ${outlet.visit ? html`<p class="note" role="status">${visitSaid(desk, outlet.visit)}</p>` : nothing}
    <div class="row">
      <button @click=${() => seeArticles(desk, outlet.name)}>${desk.say('its_articles')}</button>
      ${paused ? nothing : html`<button ?disabled=${desk.busy} @click=${() => change(desk, 'visit', { name: outlet.name })}>${desk.say('visit')}</button>`}
      <button ?disabled=${desk.busy} @click=${() => change(desk, 'pause', { name: outlet.name, paused: !paused })}>${desk.say(paused ? 'resume' : 'pause')}</button>
    </div>
    ${field(desk.say('shows'), html`<select ?disabled=${desk.busy} @change=${(/** @type {any} */ e) => change(desk, 'shows', { name: outlet.name, shows: e.target.value || null })}>
      ${['', 'quote', 'paragraph', 'whole'].map((one) => html`<option value=${one} ?selected=${one === (outlet.shows ?? '')}>${desk.say(/** @type {Word} */ (`shows_${one || 'usual'}`))}</option>`)}</select>`)}
    ${drawer(desk.say('remove'), html`<p>${desk.say('remove_sure', { name: outlet.name })}</p><button class="grave" ?disabled=${desk.busy} @click=${() => change(desk, 'remove', { name: outlet.name })}>${desk.say('remove')}</button>`)}
  </article>`;
}

/** What is followed by feed or webhook, each with a button that ends it. @param {Desk} desk @param {{questions: any[], webhooks: any[], bounds: any}} follows */
function followsView(desk, { questions, webhooks, bounds }) {
  const state = (/** @type {any} */ hook) =>
    hook.ended ? desk.say('f_ended', { date: desk.moment(hook.ended) }) : hook.failing ? desk.say('f_failing', { date: desk.moment(hook.failing) }) : hook.delivered ? desk.say('f_arrived', { date: desk.moment(hook.delivered) }) : desk.say('f_unproved');
  const row = (/** @type {any} */ one, /** @type {string} */ meta) => html`<li><bdi>${clip(one.question, 200)}</bdi> <span class="meta">${meta}</span>
    ${one.ended ? nothing : html`<button class="quiet" ?disabled=${desk.busy} @click=${() => desk.act(() => desk.server.change('follows/end', { follow: one.id }), { say: desk.say('done'), reload: true })}>${desk.say('withdraw')}</button>`}</li>`;
  return questions.length + webhooks.length
    ? html`<section><h2>${desk.say('follows')}</h2>
      <p class="note">${desk.say('f_bounds', { n: questions.length, most: bounds.most, gone: bounds.gave_way, refused: bounds.refused, off: bounds.switched_off })}</p><ul class="list">${questions.map((one) => row(one, 'Atom'))}
      ${webhooks.map((one) => row(one, [one.host, state(one), one.error && clip(one.error, 200)].filter(Boolean).join(' · ')))}</ul></section>`
    : nothing;
}

/** @param {Desk} desk @param {any} visit */
const visitSaid = (desk, visit) =>
  visit.state === 'failed' ? `${desk.say('h_failing')}: ${clip(visit.error, 500)}` : visit.state === 'done' ? desk.say('visited', { n: visit.stored }) : desk.say('visiting');

/** @param {Desk} desk @param {any} found */
function foundView(desk, found) {
  const good = found.tried.filter((/** @type {any} */ t) => t.ok);
  return html`<ul class="list">${found.tried.map((/** @type {any} */ t) => html`<li><span class="badge ${t.ok ? 'ok' : 'failing'}">${desk.say(t.ok ? 'usable' : 'unusable')}</span> <span class="addresses">${clip(t.url, 200)}</span> <span class="meta">${clip(t.says, 300)}</span></li>`)}</ul>
    ${good.length ? html`<form class="line" @submit=${(/** @type {SubmitEvent} */ e) => add(desk, found, good, fieldsOf(e))}>
      ${field(desk.say('name'), html`<input name="name" required maxlength="200" .value=${found.name}>`)}
      <button class="strong" ?disabled=${desk.busy}>${desk.say('add')}</button></form>` : html`<p class="failure">${desk.say('found_none')}</p>`}`;
}

/** @param {Desk} desk @param {Record<string, string>} given */
async function find(desk, given) {
  desk.kept.found = null;
  desk.kept.finding = true;
  const found = await desk.act(() => desk.server.change('sources/find', given));
  desk.kept.finding = false;
  desk.kept.found = found;
  desk.draw();
}

/** @param {Desk} desk @param {any} found @param {any[]} good @param {Record<string, string>} given */
async function add(desk, found, good, given) {
  const sources = good.map(({ kind, url }) => ({ kind, url }));
  const made = await desk.act(() => desk.server.change('sources', { name: given.name, language: found.language, sources }).then(() => true), { say: desk.say('done'), reload: true });
  if (made) desk.kept.found = null;
  desk.draw();
}

/** @param {Desk} desk @param {string} what @param {unknown} body */
const change = (desk, what, body) => desk.act(() => desk.server.change(`sources/${what}`, body), { say: desk.say('done'), reload: true });

/** @param {Desk} desk @param {Record<string, string>} given */
async function again(desk, given) {
  desk.kept.again = await desk.act(() => desk.server.change('again', given));
  desk.draw();
}

/** @param {Desk} desk @param {string} outlet */
function seeArticles(desk, outlet) {
  desk.search = { query: '', outlet, status: '' };
  location.hash = '#/articles';
}
