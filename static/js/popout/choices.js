/** <feed-choices>: ticks in a panel, each fieldset a parameter of the address (`data-parameter`), and words to look for. */
import { addressOf, chosen } from "./filter.js";

class FeedChoices extends HTMLElement {
  connectedCallback() {
    this.fields = [...this.querySelectorAll("fieldset[data-parameter]")].map((fieldset) => {
      const boxes = [...fieldset.querySelectorAll("input")];
      return { parameter: fieldset.dataset.parameter, boxes, known: boxes.map((box) => box.value) };
    });
    this.search = this.querySelector("input[type=search]");
    for (const { parameter, boxes, known } of this.fields) tick(boxes, chosen(location.href, parameter, known));
    this.addEventListener("change", ({ target }) => this.#choose(target));
    this.addEventListener("input", ({ target }) => target === this.search && this.#tell());
    this.addEventListener("keydown", ({ key }) => key === "Escape" && this.close());
  }

  /** What is shown of a parameter, as a set. Nothing ticked is everything. */
  shown(parameter) {
    const { boxes, known } = this.fields.find((field) => field.parameter === parameter);
    const ticked = boxes.filter((box) => box.checked).map((box) => box.value);
    return new Set(ticked.length ? ticked : known);
  }

  /** What is not shown of a parameter, as a set. */
  left(parameter) {
    const shown = this.shown(parameter);
    return new Set(this.fields.find((field) => field.parameter === parameter).known.filter((name) => !shown.has(name)));
  }

  /** The words that are looked for, in lower case. */
  get words() {
    return this.search?.value.trim().toLowerCase() ?? "";
  }

  /** Open the panel with the cursor in the search. */
  look() {
    this.firstElementChild.open = true;
    this.search?.focus();
  }

  close() {
    const panel = this.firstElementChild;
    if (!panel.open) return;
    panel.open = false;
    panel.querySelector("summary").focus();
  }

  #choose(box) {
    const field = this.fields.find(({ boxes }) => boxes.includes(box));
    if (!field) return;
    const { parameter, boxes, known } = field;
    const shown = this.shown(parameter);
    history.replaceState(history.state, "", addressOf(location.href, parameter, known, shown));
    tick(boxes, shown);
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new CustomEvent("choose", { bubbles: true }));
  }
}

function tick(boxes, shown) {
  for (const box of boxes) box.checked = shown.has(box.value);
}

customElements.define("feed-choices", FeedChoices);
