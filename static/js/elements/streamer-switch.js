/**
 * <streamer-switch data-mode="off|on|auto" data-me="/v1/me"><form>…</form></streamer-switch>: the shield in the shell.
 *
 * A press takes effect at once and without a new page; whatever goes wrong, the form is sent as it is. The person's
 * other devices and pages follow when they are looked at again, and in "auto" a page asks by itself, because going
 * live happens elsewhere.
 */
import { ask } from "../lib/ask.js";

const ASK_EVERY = 10_000;
let presses = 0; // begun and answered: what was asked before one may be how it was before

class StreamerSwitch extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.addEventListener("submit", this.#press);
    document.addEventListener("visibilitychange", this.#ask);
    document.addEventListener("streamer-mode", this.#follow);
    this.#timer = setInterval(() => this.dataset.mode === "auto" && this.#ask(), ASK_EVERY);
  }

  disconnectedCallback() {
    this.removeEventListener("submit", this.#press);
    document.removeEventListener("visibilitychange", this.#ask);
    document.removeEventListener("streamer-mode", this.#follow);
    clearInterval(this.#timer);
  }

  #press = async (event) => {
    event.preventDefault();
    const form = event.target;
    const mode = this.querySelector("button").value;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
    presses += 1;
    try {
      const data = await read(this.dataset.me, { method: "PUT", headers, body: JSON.stringify({ streamer_mode: mode }) });
      presses += 1;
      tell(data);
    } catch {
      // `submit()` sends no button, so what it says goes into a field.
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "mode", value: mode }));
      form.submit();
    }
  };

  #ask = async () => {
    // Of the two in a page, the one that is drawn asks for both.
    if (document.visibilityState === "hidden" || !this.checkVisibility?.()) return;
    const before = presses;
    try {
      const data = await read(this.dataset.me);
      if (presses === before) tell(data);
    } catch {
      // Away for now: what the page hides stays hidden, and the next look asks again.
    }
  };

  #follow = ({ detail }) => {
    const hides = detail.hides;
    document.documentElement.toggleAttribute("data-hides", hides);
    this.dataset.mode = detail.person.streamer_mode;
    // The profile's form would otherwise put back what was there before.
    const field = document.querySelector("select[name=streamer_mode]");
    if (field) field.value = this.dataset.mode;
    const button = this.querySelector("button");
    button.value = hides ? "off" : "on";
    button.title = button.querySelector(".visually-hidden").textContent = hides ? this.dataset.on : this.dataset.off;
  };
}

async function read(address, options) {
  const response = await ask(address, options);
  if (!response.ok) throw new Error(response.status);
  return (await response.json()).data;
}

/** Both shields of a page, and what they hide. */
function tell(data) {
  document.dispatchEvent(new CustomEvent("streamer-mode", { detail: data }));
}

customElements.define("streamer-switch", StreamerSwitch);
