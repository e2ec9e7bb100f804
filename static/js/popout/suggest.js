/** The list of names or emotes under way while somebody writes. */
import { webAddress } from "../lib/fragments.js";
import { begun, completed } from "./complete.js";

export class Suggestions {
  #box;
  #list;
  #names;
  #emotes;
  #begun = null;
  #chosen = 0;

  /** `box` is the text field, `list` its listbox; `names` and `emotes` are what was `Seen`. */
  constructor(box, list, { names, emotes }) {
    this.#box = box;
    this.#list = list;
    this.#names = names;
    this.#emotes = emotes;
    box.addEventListener("input", () => this.#look());
    box.addEventListener("blur", () => this.close());
    list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the field keeps the focus
      const option = event.target.closest("[role=option]");
      if (option) this.#take([...list.children].indexOf(option));
    });
  }

  get isOpen() {
    return !this.#list.hidden;
  }

  /** Whether the key was for the suggestions. */
  key({ key }) {
    if (!this.isOpen) return false;
    const last = this.#list.children.length - 1;
    if (key === "ArrowDown") this.#choose(this.#chosen === last ? 0 : this.#chosen + 1);
    else if (key === "ArrowUp") this.#choose(this.#chosen === 0 ? last : this.#chosen - 1);
    else if (key === "Tab" || key === "Enter") this.#take(this.#chosen);
    else if (key === "Escape") this.close();
    else return false;
    return true;
  }

  close() {
    this.#list.hidden = true;
    this.#box.removeAttribute("aria-activedescendant");
  }

  #look() {
    this.#begun = begun(this.#box.value.slice(0, this.#box.selectionStart));
    const seen = this.#begun?.sign === "@" ? this.#names : this.#emotes;
    const found = this.#begun ? seen.suggest(this.#begun.part) : [];
    if (!found.length) {
      this.close();
      return;
    }
    this.#list.replaceChildren(...found.map((known, place) => this.#option(known, place)));
    this.#list.hidden = false;
    this.#choose(0);
  }

  #option({ text, picture }, place) {
    const option = document.createElement("li");
    option.id = `${this.#list.id}-${place}`;
    option.className = "suggestion";
    option.setAttribute("role", "option");
    const address = webAddress(picture);
    if (address) {
      const image = document.createElement("img");
      Object.assign(image, { className: "suggestion__picture", alt: "", referrerPolicy: "no-referrer", src: address });
      option.append(image);
    }
    option.append(text);
    option.dataset.text = text;
    return option;
  }

  #choose(place) {
    this.#chosen = place;
    for (const [index, option] of [...this.#list.children].entries()) {
      option.setAttribute("aria-selected", String(index === place));
    }
    this.#box.setAttribute("aria-activedescendant", this.#list.children[place].id);
  }

  #take(place) {
    const { text } = this.#list.children[place].dataset;
    const done = completed(this.#box.value, this.#box.selectionStart, this.#begun, text);
    this.#box.value = done.text;
    this.#box.setSelectionRange(done.caret, done.caret);
    this.close();
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
