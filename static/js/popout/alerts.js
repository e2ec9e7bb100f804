/** <alert-controls>: what the account's alert queue does, live, and the buttons that hold, silence, skip and clear it. */
import { call, why } from "./api.js";
import { pageWords, slotOf } from "./draw.js";
import { listen } from "./socket.js";
import { actor, amount, fill } from "./words.js";

const SURE_FOR = 4_000; // ms in which a second press clears the queue

class AlertControls extends HTMLElement {
  #unlisten = null;
  #language = document.documentElement.lang || "en";
  #queue = { version: -1, paused: false, muted: false, waiting: 0, current: null };
  #sure = 0;

  connectedCallback() {
    this.words = pageWords();
    this.clear = this.querySelector("[data-clear]");
    this.clearWord = slotOf(this.clear, "clear").textContent;
    this.addEventListener("click", ({ target }) => this.#press(target.closest("button")));
    this.#unlisten = listen({
      channels: [{ name: `alerts:${this.dataset.account}`, after: null }],
      byToken: "byToken" in this.dataset,
      on: {
        messages: (_, messages) => this.#take(messages.at(-1).data),
        refused: () => (this.hidden = true),
      },
    });
  }

  disconnectedCallback() {
    clearTimeout(this.#sure);
    this.#unlisten();
  }

  /** The queue is like this now, unless it was heard of later already. */
  #take(queue) {
    if (queue.version < this.#queue.version) return;
    this.#queue = queue;
    const { paused, muted, waiting, current } = queue;
    const line = this.querySelector(".feed__alert");
    slotOf(line, "current").textContent = current ? this.#named(current) : line.dataset[paused ? "paused" : "none"];
    const count = slotOf(this, "waiting");
    const { one, more } = count.parentElement.dataset;
    const number = new Intl.NumberFormat(this.#language).format(waiting);
    count.textContent = waiting ? fill(waiting === 1 ? one : more, { n: number }) : "";
    this.querySelector("[data-turn=paused]").setAttribute("aria-pressed", String(paused));
    this.querySelector("[data-turn=muted]").setAttribute("aria-pressed", String(muted));
    this.querySelector("[data-skip]").disabled = !current;
    this.clear.disabled = !current && !waiting;
    this.toggleAttribute("data-held", paused || muted);
  }

  #named({ actor: person, amount: number, unit, currency }) {
    const worth = amount(number, unit, this.words, this.#language, currency);
    return [actor(person, this.words), worth].filter(Boolean).join(" · ");
  }

  async #press(button) {
    if (!button || button.ariaBusy === "true") return;
    if (button === this.clear && !this.#isSure()) return;
    button.ariaBusy = "true";
    try {
      await this.#act(button);
      slotOf(this, "told").textContent = "";
    } catch (error) {
      slotOf(this, "told").textContent = why(error);
    } finally {
      button.ariaBusy = null;
    }
  }

  async #act(button) {
    const { turn } = button.dataset;
    if (turn) this.#take(await call("PATCH", "/v1/alerts/queue", { [turn]: !this.#queue[turn] }));
    else if (button === this.clear) await call("POST", "/v1/alerts/clear");
    else if (this.#queue.current) await call("POST", `/v1/alerts/${this.#queue.current.alert}/skip`);
  }

  /** Clearing takes two presses: a dialog would cover what is on air. */
  #isSure() {
    const wasAsked = Boolean(this.#sure);
    clearTimeout(this.#sure);
    this.#sure = wasAsked ? 0 : setTimeout(() => this.#calm(), SURE_FOR);
    slotOf(this.clear, "clear").textContent = wasAsked ? this.clearWord : this.clear.dataset.sure;
    return wasAsked;
  }

  #calm() {
    this.#sure = 0;
    slotOf(this.clear, "clear").textContent = this.clearWord;
  }
}

customElements.define("alert-controls", AlertControls);
