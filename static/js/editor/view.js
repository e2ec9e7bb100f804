/** How much of the overlay the canvas shows: zoom and pan by wheel, pinch, keys and buttons. */
import { centred, fitted, panned, zoomed } from "./geometry.js";

const MARGIN = 28; // pixels around an overlay that is fitted
const STEP = 1.25;
const WHEEL = 0.002; // of zoom for each pixel of the wheel

export class View {
  #element;
  #size;
  #isFitted = true;
  #state = { scale: 1, x: 0, y: 0 };

  /** `size()` is the overlay's; `changed(view)` draws. */
  constructor(element, size, changed) {
    this.#element = element;
    this.#size = size;
    this.changed = changed;
    new ResizeObserver(() => (this.#isFitted ? this.fit() : this.pan(0, 0))).observe(element);
    element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  get state() {
    return this.#state;
  }

  get room() {
    return { width: this.#element.clientWidth, height: this.#element.clientHeight };
  }

  /** A pointer's place on the canvas. */
  point({ clientX, clientY }) {
    const { left, top } = this.#element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  fit() {
    this.#go(fitted(this.#size(), this.room, Math.min(MARGIN, this.room.width / 20)), true);
  }

  whole() {
    this.#go(centred(this.#size(), this.room, 1));
  }

  closer() {
    this.zoom(STEP);
  }

  further() {
    this.zoom(1 / STEP);
  }

  /** Around a point, or the middle. */
  zoom(factor, point = { x: this.room.width / 2, y: this.room.height / 2 }) {
    this.#go(zoomed(this.#state, factor, point));
  }

  pan(dx, dy) {
    this.#go(panned(this.#state, dx, dy, this.#size(), this.room), this.#isFitted && !dx && !dy);
  }

  /** The overlay has another size. */
  resized() {
    if (this.#isFitted) this.fit();
    else this.pan(0, 0);
  }

  #wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(-dy * WHEEL * (event.ctrlKey ? 2 : 1)), this.point(event));
    else if (event.shiftKey && !dx) this.pan(-dy, 0);
    else this.pan(-dx, -dy);
  }

  #go(state, isFitted = false) {
    this.#isFitted = isFitted;
    this.#state = state;
    this.changed(state);
  }
}
