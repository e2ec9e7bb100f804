/**
 * The panic button, live: <panic-button> presses it at once, <panic-banner> says that it is pressed, since when and by
 * whom, what could not be done, and restores.
 */
import { formatMoment } from "../elements/local-time.js";
import { call, why } from "./api.js";
import { slotOf } from "./draw.js";
import { listen } from "./socket.js";
import { NAME_LENGTH, clean, fill } from "./words.js";

const PATH = "/v1/panic";

/** What both have in common: they hear of the alert queue, which tells of the button. */
class Panic extends HTMLElement {
  #unlisten = null;
  #version = -1;

  connectedCallback() {
    this.#unlisten = listen({
      channels: [{ name: `alerts:${this.dataset.account}`, after: null }],
      byToken: "byToken" in this.dataset,
      on: {
        messages: (_, messages) => this.#take(messages.at(-1).data),
        refused: () => this.remove(),
        closed: () => this.remove(),
      },
    });
  }

  disconnectedCallback() {
    this.#unlisten();
  }

  #take({ version, panic }) {
    if (version < this.#version) return;
    this.#version = version;
    this.hear(panic);
  }
}

class PanicButton extends Panic {
  connectedCallback() {
    super.connectedCallback();
    this.addEventListener("submit", (event) => this.#press(event));
  }

  /** Pressing again does no harm, but there is nothing to press for. */
  hear(panic) {
    this.hidden = panic !== null;
  }

  async #press(event) {
    event.preventDefault();
    const button = this.querySelector("button");
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    try {
      this.hear((await call("POST", PATH, { on: true })).on || null);
    } catch (error) {
      const banner = document.querySelector("panic-banner");
      banner?.trouble(why(error));
    }
    button.ariaBusy = null;
  }
}

class PanicBanner extends Panic {
  #told = null; // what was last heard, to look at what failed only if it is news
  #isLeft = false; // restored, but for an OBS

  connectedCallback() {
    super.connectedCallback();
    this.addEventListener("click", ({ target }) => this.#act(target.closest("button")));
  }

  hear(panic) {
    const news = JSON.stringify(panic);
    if (news === this.#told) return;
    this.#told = news;
    if (!panic) this.hidden = !this.#isLeft;
    else if (this.hidden || !panic.failed) this.#draw({ on: true, scenes: [], ...panic });
    if (panic?.failed) this.#look();
  }

  /** Something that was pressed was refused. */
  trouble(text) {
    slotOf(this, "told").textContent = text;
    this.hidden = false;
  }

  async #look() {
    try {
      this.#draw(await call("GET", PATH));
    } catch (error) {
      this.trouble(why(error));
    }
  }

  /** As `GET /v1/panic` has it. */
  #draw({ on, since, by, scenes }) {
    const { pressed, since: words, left } = this.querySelector(".panic__text").dataset;
    const failed = scenes.filter(({ state }) => state === "failed");
    this.#isLeft = !on && failed.length > 0;
    this.hidden = !on && !this.#isLeft;
    slotOf(this, "title").textContent = on ? pressed : left;
    const time = on ? formatMoment(new Date(since), "time") : "";
    slotOf(this, "since").textContent = on ? fill(words, { time, name: clean(by, NAME_LENGTH) }) : "";
    slotOf(this, "failed").replaceChildren(...failed.map(item));
    slotOf(this, "told").textContent = "";
    this.querySelector("[data-again]").hidden = !failed.length;
    this.querySelector("[data-restore]").hidden = !on;
    this.querySelector("[data-dismiss]").hidden = on;
  }

  async #act(button) {
    if (!button || button.ariaBusy === "true") return;
    if ("dismiss" in button.dataset) {
      this.#isLeft = false;
      this.hidden = true;
      return;
    }
    const isOn = !this.querySelector("[data-restore]").hidden;
    button.ariaBusy = "true";
    try {
      this.#draw(await call("POST", PATH, { on: isOn && "again" in button.dataset }));
    } catch (error) {
      this.trouble(why(error));
    }
    button.ariaBusy = null;
  }
}

function item({ label, detail }) {
  const line = document.createElement("li");
  const name = document.createElement("bdi");
  name.textContent = clean(label, NAME_LENGTH);
  line.append(name, `: ${detail}`);
  return line;
}

customElements.define("panic-button", PanicButton);
customElements.define("panic-banner", PanicBanner);
