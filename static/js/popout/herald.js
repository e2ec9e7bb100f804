/** Tells screen readers what arrives, at most one sentence every few seconds, however much it is. */

const PAUSE = 5_000; // ms between two sentences

export class Herald {
  #region;
  #sentence;
  #waiting = [];
  #timer = 0;

  /** `region` is the live region, `sentence(lines)` says what there is to say of some new lines. */
  constructor(region, sentence) {
    this.#region = region;
    this.#sentence = sentence;
  }

  tell(lines) {
    if (!lines.length) return;
    this.#waiting.push(...lines);
    this.#timer ||= setTimeout(() => this.#speak(), PAUSE);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#waiting = [];
  }

  #speak() {
    const lines = this.#waiting;
    this.stop();
    this.#region.textContent = this.#sentence(lines);
  }
}
