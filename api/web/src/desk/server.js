// What the desk asks of its server: JSON, with the session's cookie; every change carries the session's own word.

/** An error that the server explains, in English: its detail and what to do. */
export class Refused extends Error {
  /** @param {number} status @param {string} detail @param {string} hint */
  constructor(status, detail, hint) {
    super(`${detail} ${hint}`.trim());
    this.status = status;
  }
}

export class Server {
  /** Sent with every change, so that no other site can make one. */
  csrf = '';

  /** @param {string} path @param {Record<string, string | number>} [query] @returns {Promise<any>} */
  get(path, query = {}) {
    const given = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    return this._send('GET', `${path}?${given}`);
  }

  /** @param {string} path @param {unknown} body @param {string} [method] @returns {Promise<any>} */
  change(path, body, method = 'POST') {
    return this._send(method, path, { 'Content-Type': 'application/json' }, JSON.stringify(body));
  }

  clearReports() {
    return this._send('DELETE', 'reports');
  }

  /** @param {string} key */
  signIn(key) {
    return this._send('POST', 'session', { Authorization: `Bearer ${key}` });
  }

  /** @param {boolean} everywhere */
  signOut(everywhere) {
    return this._send('DELETE', everywhere ? 'sessions' : 'session');
  }

  /** @param {string} method @param {string} path @param {Record<string, string>} [headers] @param {string} [body] */
  async _send(method, path, headers = {}, body) {
    const reply = await fetch(`/desk/api/${path}`, {
      method,
      headers: { ...headers, 'X-Telal-Desk': this.csrf },
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body === undefined ? {} : { body }),
    });
    const text = await reply.text();
    if (reply.ok) return text ? JSON.parse(text) : null;
    let problem = { detail: '', hint: '' };
    try {
      problem = JSON.parse(text);
    } catch {
      // a proxy's page: the status says enough
    }
    throw new Refused(reply.status, problem.detail ?? '', problem.hint ?? '');
  }
}
