/** The settings of the chat, as its form shows them, and which platforms are looked at. */
import { options } from "./options.js";
import { MARKS, keywordsOf, store, stored } from "./settings.js";

export class Preferences {
  #form;
  #changed;

  /** `changed()` is called whenever something was set. */
  constructor(form, changed) {
    this.#form = form;
    this.#changed = changed;
    this.now = stored();
    const { removed, hover, aloud, keywords, marks, text } = form.elements;
    text.value = this.text;
    text.disabled = options.text !== null; // the address has decided
    this.#sayText();
    removed.value = this.now.removed;
    hover.checked = this.now.hover;
    aloud.checked = this.now.aloud;
    keywords.value = this.now.keywords;
    for (const box of boxes(marks)) box.checked = !this.now.quiet.includes(box.value);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => this.#take());
  }

  /** The platforms that are looked at; null for all. */
  get platforms() {
    const all = boxes(this.#form.elements.platforms);
    const ticked = all.filter(({ checked }) => checked).map(({ value }) => value);
    return ticked.length === all.length || !ticked.length ? null : new Set(ticked);
  }

  /** Percent that the lines are written in. */
  get text() {
    return options.text ?? this.now.text;
  }

  get keywords() {
    return keywordsOf(this.now);
  }

  set(change) {
    this.now = { ...this.now, ...change };
    store(this.now);
  }

  #sayText() {
    this.#form.elements.text_shown.value = `${this.text} %`;
  }

  #take() {
    const { removed, hover, aloud, keywords, marks, text } = this.#form.elements;
    const loud = new Set(boxes(marks).filter(({ checked }) => checked).map(({ value }) => value));
    this.set({
      removed: removed.value,
      hover: hover.checked,
      aloud: aloud.checked,
      keywords: keywords.value,
      quiet: MARKS.filter((mark) => !loud.has(mark)),
      ...(!text.disabled && { text: Number(text.value) }),
    });
    this.#sayText();
    this.#changed();
  }
}

/** The checkboxes of one name: a form has none, one, or a list of them. */
function boxes(found) {
  if (!found) return [];
  return found instanceof RadioNodeList ? [...found] : [found];
}
