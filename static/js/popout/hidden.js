/** Rows that somebody does not want to see any more, on this page and in this browser. */

const MOST = 500; // the oldest are forgotten: they are far down by then

export class Hidden {
  #key;
  #page;
  #names;

  /** `page` is a window, `about` what its rows belong to. */
  constructor(page, about) {
    this.#key = `lumio.hidden:${page.location.pathname}:${about}`;
    this.#page = page;
    this.#names = new Set(this.#kept());
  }

  get count() {
    return this.#names.size;
  }

  has(item) {
    return this.#names.has(nameOf(item));
  }

  add(item) {
    const names = [...this.#names].filter((name) => name !== nameOf(item));
    this.#keep([...names, nameOf(item)].slice(-MOST));
  }

  clear() {
    this.#keep([]);
  }

  #kept() {
    try {
      const kept = JSON.parse(this.#page.localStorage.getItem(this.#key));
      return Array.isArray(kept) ? kept.filter((name) => typeof name === "string").slice(-MOST) : [];
    } catch {
      return []; // storage is switched off, or holds something else
    }
  }

  #keep(names) {
    this.#names = new Set(names);
    try {
      if (names.length) this.#page.localStorage.setItem(this.#key, JSON.stringify(names));
      else this.#page.localStorage.removeItem(this.#key);
    } catch {
      // Storage is switched off or full: they stay hidden as long as the page is there.
    }
  }
}

/** What goes on (a poll, a hype train) stays hidden as it goes on. */
function nameOf({ dataset }) {
  return dataset.thread || dataset.seq;
}
