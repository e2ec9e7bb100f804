/** <screen-tools>: buttons that keep the screen on, and that fill it; only where the browser can and somebody looks. */
import { inObs } from "./link.js";

class ScreenTools extends HTMLElement {
  #lock = null;

  connectedCallback() {
    if (inObs(window)) return; // nobody sits in front of a browser source
    this.awake = this.querySelector("[data-awake]");
    this.awake.hidden = !("wakeLock" in navigator);
    this.awake.addEventListener("click", () => this.#keepAwake(this.awake.ariaPressed !== "true"));
    document.addEventListener("visibilitychange", this.#returned);
    this.full = this.querySelector("[data-full]"); // not beside the sidebar of the dashboard
    if (!this.full) return;
    this.full.hidden = !document.fullscreenEnabled;
    this.full.addEventListener("click", () => this.#fill());
    document.addEventListener("fullscreenchange", this.#filled);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#returned);
    document.removeEventListener("fullscreenchange", this.#filled);
    this.#lock?.release();
  }

  /** The browser may refuse, for example when the battery is low. */
  async #keepAwake(isWanted) {
    await this.#lock?.release();
    this.#lock = isWanted ? await navigator.wakeLock.request("screen").catch(() => null) : null;
    this.awake.ariaPressed = String(this.#lock !== null);
  }

  // Whoever looks elsewhere ends the lock; it is taken again when they are back.
  #returned = () => {
    if (document.visibilityState === "visible" && this.#lock?.released) this.#keepAwake(true);
  };

  #fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen().catch(() => {}); // the browser may refuse
  }

  #filled = () => {
    this.full.ariaPressed = String(document.fullscreenElement !== null);
  };
}

customElements.define("screen-tools", ScreenTools);
