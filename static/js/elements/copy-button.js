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
      else await this.#write(input ? input.value : this.dataset.value);
    } catch {
      copied = false;
      input?.select(); // to copy by hand
    }
    this.#say(copied ? "copied" : "failed");
  };

  async #write(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      this.#select(text);
    }
  }

  /** Pages without https on another machine have no clipboard, and OBS refuses it: there the old way works. */
  #select(text) {
    const focused = document.activeElement;
    const field = Object.assign(document.createElement("textarea"), { className: "visually-hidden", value: text });
    this.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    focused.focus();
    if (!isCopied) throw new Error("the browser copies nothing");
  }

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
