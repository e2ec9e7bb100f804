/** What was sent from here, for the arrow keys; kept for this page alone. */

const MOST = 50;

export class History {
  #sent = [];
  #place = 0; // of what is shown, counted from the newest; 0 is what is being written
  #draft = "";

  add(text) {
    this.#sent = [...this.#sent.filter((one) => one !== text), text].slice(-MOST);
    this.#place = 0;
  }

  /** One step back (1) or forward (-1) from `text`; null where there is none. */
  step(by, text) {
    const place = this.#place + by;
    if (place < 0 || place > this.#sent.length) return null;
    if (this.#place === 0) this.#draft = text;
    this.#place = place;
    return place === 0 ? this.#draft : this.#sent.at(-place);
  }
}
