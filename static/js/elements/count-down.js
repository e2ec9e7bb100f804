/**
 * <count-down data-until="ISO time">: shows the seconds left and keeps the buttons inside it off until then.
 *
 * The end is a moment, not a number of ticks, so a sleeping laptop wakes up with the right answer.
 */
class CountDown extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #tick() {
    const seconds = Math.ceil((Date.parse(this.dataset.until) - Date.now()) / 1000);
    const waiting = seconds > 0;
    for (const button of this.querySelectorAll("button")) button.disabled = waiting;
    this.querySelector(".count-down__left").textContent = waiting ? `${seconds} s` : "";
    if (!waiting) clearInterval(this.#timer);
  }
}

customElements.define("count-down", CountDown);
