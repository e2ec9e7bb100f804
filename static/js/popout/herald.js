/** Tells screen readers what arrives, at most one sentence every few seconds, however much it is. */

const PAUSE = 5_000; // ms between two sentences

export class Herald {
  #region;
  #sentence;
  #first = null; // of what is waiting to be told
  #count = 0;
  #timer = 0;

  /** `region` is the live region, `sentence(first, count)` says what there is to say of so many new lines. */
  constructor(region, sentence) {
    this.#region = region;
    this.#sentence = sentence;
  }

  tell(lines) {
    if (!lines.length) return;
    this.#first ??= lines[0];
    this.#count += lines.length;
    this.#timer ||= setTimeout(() => this.#speak(), PAUSE);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = this.#count = 0;
    this.#first = null;
  }

  #speak() {
    const sentence = this.#sentence(this.#first, this.#count);
    this.stop();
    this.#region.textContent = sentence;
  }
}
