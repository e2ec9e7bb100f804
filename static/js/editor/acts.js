/** Everything one can do to layers, as a step with a name. Buttons, keys, list and canvas all call these. */
import { fill } from "../popout/words.js";
import {
  MOST_LAYERS,
  addLayers,
  changeLayers,
  copies,
  layerOf,
  newLayer,
  placeOf,
  raise,
  readCopied,
  removeLayers,
  reorder,
  writeCopied,
} from "./draft.js";
import { aligned, bounds, moved, resized } from "./geometry.js";

export class Acts {
  /** `say(text)` tells a screen reader; `words` are of `overlays/editor_words.py`. */
  constructor(desk, words, say) {
    Object.assign(this, { desk, words, say });
  }

  /** A new layer of a type above what is chosen; `preset` is `{name, config}`. */
  add(type, preset = {}) {
    const { desk } = this;
    if (this.#isFull()) return;
    const layer = newLayer(desk.draft, type, desk.forms[type], preset);
    desk.change(addLayers(desk.draft, [layer], this.#top()), this.step("add", [layer]), { chosen: [layer.id] });
    this.say(fill(this.words.added, { name: layer.name }));
  }

  remove() {
    const { desk } = this;
    const gone = desk.free;
    if (!gone.length) return void (desk.chosen.length && this.say(this.words.is_locked));
    const ids = gone.map(({ id }) => id);
    const places = ids.map((id) => placeOf(desk.draft, id));
    const after = removeLayers(desk.draft, ids);
    const next = after.layers[Math.min(Math.min(...places), after.layers.length - 1)];
    desk.change(after, this.step("remove", gone), { chosen: next ? [next.id] : [] });
    this.say(fill(this.words.removed, { name: this.#named(gone) }));
  }

  duplicate() {
    this.#put(this.desk.layers, "duplicate", this.words.duplicated);
  }

  /** The chosen layers as text for the clipboard, or null. */
  copy() {
    if (!this.desk.chosen.length) return null;
    const inOrder = this.desk.draft.layers.filter(({ id }) => this.desk.chosen.includes(id));
    this.say(fill(this.words.copied, { name: this.#named(inOrder) }));
    return writeCopied(inOrder);
  }

  /** Whether the text was layers; they are in now. */
  paste(text) {
    const layers = readCopied(text, this.desk.forms);
    if (layers?.length) this.#put(layers, "paste", this.words.pasted);
    return Boolean(layers);
  }

  all() {
    this.desk.choose(this.desk.draft.layers.map(({ id }) => id));
  }

  nothing() {
    this.desk.choose([]);
  }

  /** By so many pixels. Pressed again and again, it is one step. */
  nudge(dx, dy) {
    this.#place("move", (layer) => moved(layer, dx, dy), "nudge");
  }

  /** Wider or higher at the right and lower edge. */
  grow(dx, dy) {
    this.#place("resize", (layer) => resized(layer, "se", dx, dy), "grow");
  }

  /** One layer within the overlay, several within the box around them. */
  align(edge) {
    const { draft, free } = this.desk;
    const area = free.length > 1 ? bounds(free) : { x: 0, y: 0, width: draft.width, height: draft.height };
    this.#place("align", (layer) => aligned(layer, area, edge));
  }

  fillOverlay() {
    const { width, height } = this.desk.draft;
    this.#place("resize", () => ({ x: 0, y: 0, width, height }));
  }

  /** So many steps up; Infinity is on top, below 0 down. */
  raise(steps) {
    const { desk } = this;
    if (!desk.chosen.length) return;
    desk.change(raise(desk.draft, desk.chosen, steps), this.step("order", desk.layers));
    this.sayPlace(desk.chosen[0]);
  }

  /** To a place counted from the bottom, as it is drawn in the list. */
  put(id, place) {
    const { desk } = this;
    desk.change(reorder(desk.draft, id, place), this.step("order", [layerOf(desk.draft, id)]), { chosen: [id] });
    this.sayPlace(id);
  }

  sayPlace(id) {
    const { draft } = this.desk;
    const place = draft.layers.length - placeOf(draft, id);
    this.say(fill(this.words.at_place, { name: layerOf(draft, id).name, n: place, all: draft.layers.length }));
  }

  hide(ids = this.desk.chosen) {
    this.#toggle("visible", ids, ["shown", "hidden"], "hide");
  }

  lock(ids = this.desk.chosen) {
    this.#toggle("locked", ids, ["locked", "unlocked"], "lock");
  }

  undo() {
    this.#walked(this.desk.undo(), this.words.undone);
  }

  redo() {
    this.#walked(this.desk.redo(), this.words.redone);
  }

  /** If they differ, all become what the first is not. */
  #toggle(field, ids, [on, off], step) {
    const { desk } = this;
    if (!ids.length) return;
    const value = !layerOf(desk.draft, ids[0])[field];
    const layers = ids.map((id) => layerOf(desk.draft, id));
    desk.change(changeLayers(desk.draft, ids, () => ({ [field]: value })), this.step(step, layers));
    this.say(`${this.#named(layers)}: ${this.words[value ? on : off]}`);
  }

  #place(step, change, merge = "") {
    const { desk } = this;
    const { free } = desk;
    if (!free.length) return void (desk.chosen.length && this.say(this.words.is_locked));
    const ids = free.map(({ id }) => id);
    const how = { merge: merge && `${merge} ${ids}` };
    desk.change(changeLayers(desk.draft, ids, change), this.step(step, free), how);
    this.sayBox();
  }

  /** Where the chosen layers are now. */
  sayBox() {
    this.say(fill(this.words.is_at, bounds(this.desk.free)));
  }

  #put(layers, step, told) {
    const { desk } = this;
    if (!layers.length || this.#isFull()) return;
    const made = copies(desk.draft, layers, desk.forms);
    const chosen = made.map(({ id }) => id);
    desk.change(addLayers(desk.draft, made, this.#top()), this.step(step, layers), { chosen });
    this.say(fill(told, { name: this.#named(made) }));
  }

  #isFull() {
    const isFull = this.desk.draft.layers.length >= MOST_LAYERS;
    if (isFull) this.say(fill(this.words.full, { n: MOST_LAYERS }), true);
    return isFull;
  }

  /** The topmost of the chosen layers: what is new lies right above it. */
  #top() {
    return this.desk.draft.layers.findLast(({ id }) => this.desk.chosen.includes(id))?.id ?? null;
  }

  /** What a step is called in "Undo: …". */
  step(name, layers) {
    return fill(this.words.steps[name], { name: this.#named(layers) });
  }

  #named(layers) {
    return layers.length === 1 ? layers[0].name : fill(this.words.several, { n: layers.length });
  }

  #walked(label, told) {
    if (label !== null) this.say(fill(told, { step: label }));
  }
}
