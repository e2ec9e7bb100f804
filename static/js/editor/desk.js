/** What is on the desk: the draft, which layers are chosen, and every step so far. Whoever shows some of it listens. */
import { isSame, layerOf } from "./draft.js";
import { History } from "./history.js";

export class Desk extends EventTarget {
  #history;
  #saved;

  /** `forms` are the types of layers by slug, `parts` the headings of their settings (`overlays.layers.form_spec`). */
  constructor(draft, forms) {
    super();
    this.forms = forms;
    this.#history = new History({ draft, chosen: [] });
    this.#saved = draft;
  }

  get draft() {
    return this.#history.state.draft;
  }

  /** The ids of the chosen layers, in the order in which they were chosen. */
  get chosen() {
    return this.#history.state.chosen;
  }

  get layers() {
    return this.chosen.map((id) => layerOf(this.draft, id));
  }

  /** The only one that is chosen, or null. */
  get layer() {
    return this.chosen.length === 1 ? layerOf(this.draft, this.chosen[0]) : null;
  }

  /** The chosen layers that may be moved and resized. */
  get free() {
    return this.layers.filter((layer) => !layer.locked);
  }

  get undoable() {
    return this.#history.undoable;
  }

  get redoable() {
    return this.#history.redoable;
  }

  /** The draft as it was last saved. */
  get saved() {
    return this.#saved;
  }

  get isDirty() {
    return !isSame(this.draft, this.#saved);
  }

  /** A step, unless nothing is different. `how` is `History.commit`'s; `chosen` is what it leaves chosen. */
  change(draft, label, { chosen = this.chosen, ...how } = {}) {
    if (isSame(draft, this.draft)) return;
    this.#history.commit({ draft, chosen: present(draft, chosen) }, label, how);
    this.#tell();
  }

  choose(ids) {
    const chosen = present(this.draft, ids);
    if (isSame(chosen, this.chosen)) return;
    this.#history.replace({ draft: this.draft, chosen });
    this.#history.settle();
    this.#tell();
  }

  /** What follows is no longer part of the step before. */
  settle() {
    this.#history.settle();
  }

  abandon(merge) {
    this.#history.abandon(merge);
    this.#tell();
  }

  undo() {
    return this.#walked(this.#history.undo());
  }

  redo() {
    return this.#walked(this.#history.redo());
  }

  /** The server has stored `sent`, as `stored`: what it wrote differently is no step. */
  keep(sent, stored) {
    this.#saved = stored;
    if (isSame(this.draft, sent)) this.#history.replace({ draft: stored, chosen: present(stored, this.chosen) });
    this.#history.settle();
    this.#tell();
  }

  #walked(label) {
    if (label !== null) this.#tell();
    return label;
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

function present(draft, ids) {
  return ids.filter((id) => layerOf(draft, id));
}
