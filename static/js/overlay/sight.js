/** Whether anybody can see the page. OBS says so beyond what a browser knows: shown anywhere, and shown on air. */
import { inObs } from "../popout/link.js";

export class Sight {
  #page;
  #shown = null; // as OBS says; null as long as it has not
  #active;

  /** Called when the answer may have changed. */
  onchange = () => {};

  /** `page` is a window. */
  constructor(page) {
    this.#page = page;
    // OBS tells of changes only. A page that it loads hidden is not on air; of one that it loads shown nobody knows.
    this.#active = inObs(page) && !this.#isVisible ? false : null;
    page.document.addEventListener("visibilitychange", () => this.onchange());
    page.addEventListener("obsSourceVisibleChanged", ({ detail }) => {
      this.#shown = detail.visible;
      this.onchange();
    });
    page.addEventListener("obsSourceActiveChanged", ({ detail }) => {
      this.#active = detail.active;
      this.onchange();
    });
  }

  /** What the server is told. */
  get told() {
    return { visible: this.#isVisible && this.#shown !== false, active: this.#active };
  }

  /** Whether an alert would be seen. */
  get isSeen() {
    const { visible, active } = this.told;
    return visible && active !== false;
  }

  get #isVisible() {
    return this.#page.document.visibilityState === "visible";
  }
}
