/** How many frames a second the page draws: counted for a second now and then, as counting draws frames by itself. */

const SECOND = 1_000;

export class Frames {
  #page;
  #isCounting = false;

  /** Of the last second that was counted; null before, and while nothing is drawn. */
  rate = null;

  /** `page` is a window. */
  constructor(page) {
    this.#page = page;
  }

  measure() {
    if (this.#isCounting) return;
    if (this.#page.document.visibilityState !== "visible") {
      this.rate = null;
      return;
    }
    this.#isCounting = true;
    let frames = 0;
    let from = null;
    const count = (time) => {
      from ??= time;
      if (time - from < SECOND) {
        frames += 1;
        this.#page.requestAnimationFrame(count);
        return;
      }
      this.rate = Math.round((frames * SECOND) / (time - from));
      this.#isCounting = false;
    };
    this.#page.requestAnimationFrame(count);
  }
}
