/**
 * <feed-choices>: what is shown, each choice a parameter of the address (`data-parameter`), and words to look for. A
 * fieldset is a list of names; a field by itself is a number, or a tick that stands for its value.
 */
import { addressOf, chosen, valueOf, withValue } from "./filter.js";

class FeedChoices extends HTMLElement {
  connectedCallback() {
    this.lists = [...this.querySelectorAll("fieldset[data-parameter]")].map((fieldset) => {
      const boxes = [...fieldset.querySelectorAll("input")];
      return { parameter: fieldset.dataset.parameter, boxes, known: boxes.map((box) => box.value) };
    });
    this.fields = [...this.querySelectorAll("input[data-parameter]")];
    this.search = this.querySelector("input[type=search]");
    for (const { parameter, boxes, known } of this.lists) tick(boxes, chosen(location.href, parameter, known));
    for (const field of this.fields) put(field, valueOf(location.href, field.dataset.parameter));
    this.loaded = this.#state();
    this.addEventListener("change", ({ target }) => this.#choose(target));
    this.addEventListener("input", ({ target }) => target === this.search && this.#tell());
  }

  /** What is shown of a parameter, as a set. Nothing ticked is everything. */
  shown(parameter) {
    const { boxes, known } = this.lists.find((list) => list.parameter === parameter);
    const ticked = boxes.filter((box) => box.checked).map((box) => box.value);
    return new Set(ticked.length ? ticked : known);
  }

  /** What is not shown of a parameter, as a set. */
  left(parameter) {
    const shown = this.shown(parameter);
    return new Set(this.lists.find((list) => list.parameter === parameter).known.filter((name) => !shown.has(name)));
  }

  /** From how much on a group of events is shown; 0 for all of it. */
  least(group) {
    return Number(this.fields.find((field) => field.dataset.group === group)?.value) || 0;
  }

  /** Whether only that is shown for which nobody was thanked yet. */
  get onlyOwed() {
    return this.fields.some((field) => field.type === "checkbox" && field.checked);
  }

  /** Whether more is to be shown now than the page came with. */
  get isWider() {
    const now = this.#state();
    return (
      now.lists.some((shown, place) => [...shown].some((name) => !this.loaded.lists[place].has(name))) ||
      now.fields.some((value, place) => value < this.loaded.fields[place])
    );
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

  /** Names of each list, and how narrow each field is. */
  #state() {
    const narrow = (field) => (field.type === "checkbox" ? Number(field.checked) : Number(field.value));
    return { lists: this.lists.map(({ parameter }) => this.shown(parameter)), fields: this.fields.map(narrow) };
  }

  #choose(target) {
    const list = this.lists.find(({ boxes }) => boxes.includes(target));
    if (list) {
      const { parameter, boxes, known } = list;
      const shown = this.shown(parameter);
      this.#remember(addressOf(location.href, parameter, known, shown));
      tick(boxes, shown);
    } else if (this.fields.includes(target)) {
      const asked = target.type === "checkbox" ? (target.checked ? target.value : "") : numberOf(target);
      put(target, asked);
      this.#remember(withValue(location.href, target.dataset.parameter, asked));
    } else return;
    this.#tell();
  }

  #remember(address) {
    history.replaceState(history.state, "", address);
  }

  #tell() {
    this.dispatchEvent(new CustomEvent("choose", { bubbles: true }));
  }
}

function tick(boxes, shown) {
  for (const box of boxes) box.checked = shown.has(box.value);
}

function put(field, text) {
  if (field.type === "checkbox") field.checked = text === field.value;
  else field.value = /^\d{1,9}$/.test(text) && Number(text) ? text : "";
}

/** A whole number above 0 as text; "" for anything else. */
function numberOf({ value, max }) {
  const number = Math.min(Math.floor(Number(value)), Number(max));
  return number > 0 ? String(number) : "";
}

customElements.define("feed-choices", FeedChoices);
