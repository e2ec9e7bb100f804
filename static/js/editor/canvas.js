/** Where layers are on the canvas: a frame for each, handles around the one that is chosen, and guides. */
import { fill } from "../popout/words.js";
import { arrange, slotOf, write } from "../popout/draw.js";
import { HANDLES } from "./geometry.js";

export class Canvas {
  #desk;
  #words;
  #frames;
  #handles;
  #guides;
  #band;
  #isPointing = false;

  /** `element` is the section with the parts named by `data-part`. */
  constructor(element, desk, words) {
    this.element = element;
    this.#desk = desk;
    this.#words = words;
    const part = (name) => element.querySelector(`[data-part="${name}"]`);
    [this.#frames, this.#handles, this.#guides, this.#band] = ["frames", "handles", "guides", "band"].map(part);
    for (const name of HANDLES) this.#handles.append(handle(name));
    // A press chooses by itself (hand.js), perhaps several; the focus that comes with it is no other choice.
    element.addEventListener("pointerdown", () => (this.#isPointing = true), { capture: true });
    for (const name of ["pointerup", "pointercancel"]) {
      element.addEventListener(name, () => (this.#isPointing = false), { capture: true });
    }
    this.#frames.addEventListener("focusin", ({ target }) => {
      if (!this.#isPointing) desk.choose([target.dataset.key]);
    });
  }

  /** The view as custom properties, so that a zoom touches no frame. */
  look({ scale, x, y }) {
    this.#set(this.element, { scale, left: x, top: y });
  }

  draw() {
    const { draft, chosen, layer } = this.#desk;
    this.#set(this.element, { width: draft.width, height: draft.height });
    const focused = this.#frames.contains(document.activeElement) ? document.activeElement : null;
    const make = () => blank("frame");
    arrange(this.#frames, draft.layers, { key: ({ id }) => id, make, draw: (frame, l) => this.#frame(frame, l) });
    if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
    const canResize = layer && layer.visible && !layer.locked;
    this.#handles.hidden = !canResize;
    if (canResize) this.#box(this.#handles, layer);
    this.element.dataset.chosen = chosen.length;
  }

  frame(id) {
    return this.#frames.querySelector(`[data-key="${CSS.escape(id)}"]`);
  }

  /** Lines that the layer under the hand sticks to. */
  guide(lines) {
    this.#guides.replaceChildren(
      ...lines.map((line) => {
        const mark = document.createElement("span");
        mark.className = `guide guide--${line.axis}`;
        this.#set(mark, { at: line.at, from: line.from, length: line.to - line.from });
        return mark;
      }),
    );
  }

  /** What is being said beside the hand: place or size; nothing to end it. */
  tell(text) {
    write(this.#handles.parentElement, "told", text);
  }

  band(box) {
    this.#band.hidden = !box;
    if (box) this.#box(this.#band, box);
  }

  #frame(frame, layer) {
    const isChosen = this.#desk.chosen.includes(layer.id);
    frame.dataset.state = [layer.visible ? "" : "hidden", layer.locked ? "locked" : ""].filter(Boolean).join(" ");
    frame.ariaPressed = String(isChosen);
    const states = [layer.visible ? "" : this.#words.hidden, layer.locked ? this.#words.locked : ""];
    frame.ariaLabel = [fill(this.#words.frame, layer), ...states].filter(Boolean).join(", ");
    slotOf(frame, "name").textContent = layer.name;
    this.#box(frame, layer);
  }

  #box(element, { x, y, width, height }) {
    this.#set(element, { x, y, width, height });
  }

  #set(element, values) {
    for (const [name, value] of Object.entries(values)) element.style.setProperty(`--${name}`, value);
  }
}

export function blank(name) {
  return document.querySelector(`template[data-blank="${name}"]`).content.firstElementChild.cloneNode(true);
}

function handle(name) {
  const made = document.createElement("span");
  made.className = `handle handle--${name}`;
  made.dataset.handle = name;
  return made;
}
