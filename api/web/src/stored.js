// A list in the browser's local storage: a browser that forbids storage, or whose storage is full, keeps it as long as the page is open.

/** @template T */
export class StoredList {
  /** @param {string} name @param {() => Storage} storage throws where the browser forbids it @param {(one: any) => boolean} fits whether something found there is ours */
  constructor(name, storage, fits) {
    this._name = name;
    this._storage = storage;
    this._fits = fits;
    /** Whether it outlasts the page. */ this.lasting = true;
    /** @type {T[]} */ this._list = [];
  }

  /** Read anew each time, since another tab may have written. @returns {T[]} */
  all() {
    if (this.lasting) {
      try {
        const kept = JSON.parse(this._storage().getItem(this._name) ?? '[]');
        this._list = Array.isArray(kept) ? kept.filter(this._fits) : [];
      } catch (error) {
        this._failed(error);
      }
    }
    return this._list;
  }

  /** Writes it, without the last where there is no room for all. @param {T[]} list */
  write(list) {
    this._list = list;
    if (!this.lasting) return;
    for (let most = list.length; ; most = Math.floor(most / 2)) {
      try {
        if (most) this._storage().setItem(this._name, JSON.stringify(list.slice(0, most)));
        else this._storage().removeItem(this._name);
        if (!most && list.length) this._failed('no room');
        return;
      } catch (error) {
        if (!most) return this._failed(error);
      }
    }
  }

  /** @param {unknown} error */
  _failed(error) {
    if (this.lasting) console.warn('Telal:', error);
    this.lasting = false;
  }
}
