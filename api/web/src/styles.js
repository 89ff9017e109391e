// The style sheets, adopted by the shadow root: no style element, so that a strict Content-Security-Policy holds.
import { unsafeCSS } from 'lit';
import palette from './styles/palette.css';
import dark from './styles/dark.css';
import frame from './styles/frame.css';
import start from './styles/start.css';

const onDark = `@media(prefers-color-scheme:dark){${dark.replace(':host', ":host(:not([theme='light']))")}}${dark.replace(':host', ":host([theme='dark'])")}`;

export const styles = unsafeCSS(palette + onDark + frame + start);
