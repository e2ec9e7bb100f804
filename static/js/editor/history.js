/** What was done in the editor, step by step, forwards and backwards. Pure: states are opaque and never changed. */

export const MOST_STEPS = 200;
const TOGETHER = 1000; // ms within which two changes of one thing are one step

export class History {
  #past = []; // steps: {state (before it), label, merge, at}
  #future = []; // steps: {state (after it), label, merge, at}
  #state;
  #now;
  #settled = true;

  constructor(state, now = () => performance.now()) {
    this.#state = state;
    this.#now = now;
  }

  get state() {
    return this.#state;
  }

  /** What undo would take back, what redo would do again: the words of that step, or null. */
  get undoable() {
    return this.#past.at(-1)?.label ?? null;
  }

  get redoable() {
    return this.#future.at(-1)?.label ?? null;
  }

  /**
   * Go on to `state`. `merge` names what is being changed: if the last step was about the same and not long ago, both
   * are one. `held` makes them one however long it takes, as while a mouse button is down.
   */
  commit(state, label, { merge = "", held = false } = {}) {
    const last = this.#past.at(-1);
    const at = this.#now();
    const isSame = merge && !this.#settled && last?.merge === merge && (held || at - last.at <= TOGETHER);
    if (isSame) last.at = at;
    else this.#past.push({ state: this.#state, label, merge, at });
    if (this.#past.length > MOST_STEPS) this.#past.shift();
    this.#future = [];
    this.#state = state;
    this.#settled = false;
  }

  /** Put something beside the steps: what is chosen is remembered with a state, but is no step. */
  replace(state) {
    this.#state = state;
  }

  /** Whatever comes next is a step of its own. */
  settle() {
    this.#settled = true;
  }

  /** Forget the step `merge` that was begun, as if it had never been. */
  abandon(merge) {
    if (this.#settled || !this.#past.length || this.#past.at(-1).merge !== merge) return;
    this.#state = this.#past.pop().state;
    this.#settled = true;
  }

  /** Take the last step back, or do the next one again; the words of it, or null if there is none. */
  undo() {
    return this.#walk(this.#past, this.#future);
  }

  redo() {
    return this.#walk(this.#future, this.#past);
  }

  #walk(from, to) {
    const step = from.pop();
    if (!step) return null;
    to.push({ ...step, state: this.#state });
    this.#state = step.state;
    this.#settled = true;
    return step.label;
  }
}
