// The archive's own curve: how often judged answers were right at each confidence; adopted, or put away again.
import { html, nothing, svg } from 'lit';
import { drawer } from './parts.js';

/** @typedef {import('../desk.js').Desk} Desk */
/** @typedef {[least: number, right: number, count: number]} Step */

const WIDTH = 320;
const HEIGHT = 220;
const LEFT = 44; // for the numbers at the side
const TOP = 10;
const BELOW = 26;

/** @param {number} share */
const across = (share) => LEFT + share * (WIDTH - LEFT - 20);
/** @param {number} share */
const up = (share) => TOP + (1 - share) * (HEIGHT - TOP - BELOW);

/** @param {Desk} desk */
export function curveView(desk) {
  const { judged, least_judged: least, curve, adopted } = desk.data.threshold;
  const adopt = (/** @type {boolean} */ on) => desk.act(() => desk.server.change('curve', { adopt: on }, 'PUT'), { say: desk.say('done'), reload: true });
  return html`<section><h2>${desk.say('curve_title')}</h2><p class="note">${desk.say('curve_lead')}</p>
    <p>${desk.say('curve_judged', { n: judged })} ${curve ? nothing : html`${desk.say('curve_from', { least })} <meter min="0" max=${least} value=${judged} aria-label=${desk.say('curve_judged', { n: judged })}></meter>`}</p>
    ${curve ? html`${plot(desk, curve.steps)}<p class="note">${desk.say('curve_axes')}</p>${drawer(desk.say('curve_table'), table(desk, curve.steps))}` : nothing}
    ${adopted ? html`<p>${desk.say('curve_adopted', { n: adopted.judged })}</p>` : nothing}
    <div class="row">${curve ? html`<button class=${adopted ? '' : 'strong'} ?disabled=${desk.busy} @click=${() => adopt(true)}>${desk.say(adopted ? 'curve_again' : 'curve_adopt')}</button>` : nothing}
      ${adopted ? html`<button ?disabled=${desk.busy} @click=${() => adopt(false)}>${desk.say('curve_drop')}</button>` : nothing}</div></section>`;
}

/** @param {Desk} desk @param {Step[]} steps */
function plot(desk, steps) {
  const ends = [...steps.slice(1).map(([least]) => least), 1];
  const line = steps.map(([least, right], i) => `${across(least)},${up(right)} ${across(ends[i] ?? 1)},${up(right)}`).join(' ');
  const grid = [0, 0.25, 0.5, 0.75, 1].map((at) => svg`<line class="grid" x1=${across(0)} x2=${across(1)} y1=${up(at)} y2=${up(at)}></line>
    <text x=${LEFT - 6} y=${up(at) + 4} text-anchor="end">${desk.share(at)}</text><text x=${across(at)} y=${HEIGHT - 8} text-anchor="middle">${desk.share(at)}</text>`);
  return html`<svg class="curve" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${desk.say('curve_axes')}>${grid}
    ${svg`<line class="even" x1=${across(0)} y1=${up(0)} x2=${across(1)} y2=${up(1)}></line><polyline points=${line}></polyline>`}</svg>`;
}

/** @param {Desk} desk @param {Step[]} steps */
const table = (desk, steps) => html`<div class="wide" tabindex="0" role="group" aria-label=${desk.say('curve_title')}><table>
  <thead><tr><th scope="col">${desk.say('threshold_least')}</th><th scope="col">${desk.say('share_right')}</th><th scope="col">${desk.say('total')}</th></tr></thead>
  <tbody>${[...steps].reverse().map(([least, right, count]) => html`<tr><th scope="row">${desk.share(least)}</th><td>${desk.share(right)}</td><td>${count}</td></tr>`)}</tbody></table></div>`;
