/**
 * <copy-button data-value="…">, data-for="input id" or data-from="address of a REST endpoint that answers with an address":
 * copies, shows a check mark and says so.
 */
import { ask } from "../lib/ask.js";

class CopyButton extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.addEventListener("click", this.#copy);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#copy);
    clearTimeout(this.#timer);
  }

  #copy = async () => {
    const input = this.dataset.for ? document.getElementById(this.dataset.for) : null;
    let copied = true;
    try {
      if (this.dataset.from) await copyLater(addressFrom(this.dataset.from));
      else await navigator.clipboard.writeText(input ? input.value : this.dataset.value);
    } catch {
      // Refused, or a page without https on another machine, where browsers have no clipboard: select, to copy by hand.
      copied = false;
      input?.select();
    }
    this.#say(copied ? "copied" : "failed");
  };

  #say(state) {
    const said = this.querySelector("[role=status]");
    this.dataset.state = state;
    said.textContent = this.dataset[state];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      delete this.dataset.state;
      said.textContent = "";
    }, 2000);
  }
}

async function addressFrom(endpoint) {
  const answer = await ask(endpoint, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${endpoint}: ${answer.status}`);
  return (await answer.json()).data.address;
}

/** Begun while the press still counts: not every browser lets one write once an answer has come. */
function copyLater(text) {
  const blob = text.then((value) => new Blob([value], { type: "text/plain" }));
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
}

customElements.define("copy-button", CopyButton);
