// When a server wants to be asked again.

/** Seconds to wait by a Retry-After header, which holds seconds or a date. @param {string | null} header */
export function retryAfter(header) {
  const seconds = Number(header) || (Date.parse(header ?? '') - Date.now()) / 1000;
  return seconds > 0 ? Math.ceil(seconds) : undefined;
}
