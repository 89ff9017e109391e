// What a reader needs only after the first question: loaded then, so that a page that merely carries the button stays light.
export { plainText } from './text.js';
export { cardView } from './views/card.js';
export { feedbackView } from './views/feedback.js';
export { otherScript } from './views/script.js';
export { sides } from './views/sides.js';
