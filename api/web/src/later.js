// What a reader needs only after the first question: loaded then, so that a page that merely carries the button stays light.
export { plainText } from './text.js';
export { keepTurns, restore } from './kept.js';
export { cardView } from './views/card.js';
export { feedbackView } from './views/feedback.js';
export { furtherQuestions, questionAbout, settle } from './views/further.js';
export { otherScript } from './views/script.js';
export { keptNote, shareButton, shareView, showShared } from './views/share.js';
export { sides } from './views/sides.js';
export { isTimeline, timeline } from './views/timeline.js';
