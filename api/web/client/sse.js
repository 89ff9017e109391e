// Reads a stream of server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

/** @typedef {{event: string, data: string}} ServerEvent */

/**
 * A function that takes the stream's text, cut anywhere, and emits each event once it is whole.
 * @param {(event: ServerEvent) => void} emit @returns {(text: string) => void}
 */
export function eventParser(emit) {
  let rest = '';
  let event = '';
  /** @type {string[]} */
  let data = [];
  /** @param {string} line */
  const take = (line) => {
    if (!line) {
      if (data.length) emit({ event: event || 'message', data: data.join('\n') });
      event = '';
      data = [];
    } else {
      const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (field === 'event') event = value;
      if (field === 'data') data.push(value); // other fields, and comments (an empty field), say nothing to us
    }
  };
  return (text) => {
    rest += text;
    const lines = rest.split(/\r\n|\n|\r(?!$)/); // a lone CR at the very end may be half of CRLF
    rest = lines.pop() ?? '';
    lines.forEach(take);
  };
}
