/**
 * <count-down data-now data-until>: shows the seconds left and keeps the buttons inside it off until then.
 *
 * Both are moments of the server, as ISO 8601: the clock of this computer may be wrong, or set meanwhile.
 */
class CountDown extends HTMLElement {
  #end = 0; // as performance.now() counts
  #timer = 0;

  connectedCallback() {
    const { now, until } = this.dataset;
    this.#end = performance.now() + Date.parse(until) - Date.parse(now);
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #tick() {
    const seconds = Math.ceil((this.#end - performance.now()) / 1000);
    const waiting = seconds > 0;
    for (const button of this.querySelectorAll("button")) button.disabled = waiting;
    this.querySelector(".count-down__left").textContent = waiting ? `${seconds} s` : "";
    if (!waiting) clearInterval(this.#timer);
  }
}

customElements.define("count-down", CountDown);
