// What a reader needs only after the first question: loaded then, so that a page that merely carries the button stays light.
export { inSight, keepTurns, restore } from './kept.js';
export { closeCard } from './views/card.js';
export { filterForm, openFilters } from './views/filters.js';
export { ended } from './views/further.js';
export { showShared } from './views/share.js';
export { turnView } from './views/turn.js';
export { default as reading } from './styles/reading.css';
