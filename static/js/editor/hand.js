/** What mouse, pen and fingers do on the canvas: choose, move, resize, stretch a rubber band, pan and pinch. */
import { fill } from "../popout/words.js";
import { changeLayers } from "./draft.js";
import { bounds, moved, resized, spanned, touch, under } from "./geometry.js";
import { snapMove, snapResize, targets } from "./snap.js";

const STILL = 4; // pixels a press may slip before it is a drag
const NEAR = 7; // pixels of the screen within which things stick

export class Hand {
  #gesture = null; // {move(event), end(event), abandon()}
  #fingers = new Map();
  #number = 0;
  #isSpace = false;

  /** `stick` is `{edges, grid}`: whether things stick, and to which grid (0 for none). */
  constructor(canvas, { desk, view, words, acts, stick }) {
    Object.assign(this, { canvas, desk, view, words, acts, stick });
    const { element } = canvas;
    element.addEventListener("pointerdown", (event) => this.#down(event));
    element.addEventListener("pointermove", (event) => this.#moved(event));
    for (const name of ["pointerup", "pointercancel"]) element.addEventListener(name, (event) => this.#up(event));
    element.addEventListener("auxclick", (event) => event.preventDefault()); // what a middle button would open
    addEventListener("keydown", (event) => this.#keyDown(event), { capture: true });
    addEventListener("keyup", ({ key }) => key === " " && this.#space(false));
    addEventListener("blur", () => this.#space(false));
  }

  #down(event) {
    const { element } = this.canvas;
    if (event.target.closest("button, label, select")) return;
    this.#fingers.set(event.pointerId, this.view.point(event));
    if (event.pointerType === "touch" && this.#fingers.size === 2) return this.#begin(this.#pinch(), event);
    if (this.#gesture) return;
    const isPan = event.button === 1 || (event.button === 0 && this.#isSpace);
    if (isPan) event.preventDefault();
    if (!isPan && event.button !== 0) return;
    const { handle } = event.target.dataset;
    const frame = event.target.closest("[data-key]");
    if (isPan) this.#begin(this.#pan(event), event);
    else if (handle) this.#begin(this.#resize(event, handle), event);
    else if (frame) this.#press(event, frame);
    else if (event.pointerType === "touch") this.#begin(this.#pan(event, () => this.desk.choose([])), event);
    else this.#begin(this.#stretch(event), event);
    if (!frame) element.focus({ preventScroll: true });
  }

  #press(event, frame) {
    const { desk } = this;
    const id = event.altKey ? this.#beneath(event) : frame.dataset.key;
    if (event.shiftKey || event.ctrlKey || event.metaKey) {
      const others = desk.chosen.filter((chosen) => chosen !== id);
      return desk.choose(others.length < desk.chosen.length ? others : [...others, id]);
    }
    const wasChosen = desk.chosen.includes(id);
    if (!wasChosen) desk.choose([id]);
    this.#begin(this.#drag(event, () => wasChosen && desk.choose([id])), event);
  }

  /** With Alt: the layer under the one that is chosen, round and round. */
  #beneath({ clientX, clientY }) {
    const ids = document
      .elementsFromPoint(clientX, clientY)
      .map((element) => element.closest("[data-part=frames] > [data-key]")?.dataset.key)
      .filter(Boolean);
    return ids[(ids.indexOf(this.desk.chosen.at(-1)) + 1) % ids.length];
  }

  #begin(gesture, event) {
    this.#gesture?.abandon?.();
    this.#gesture = gesture;
    this.canvas.element.setPointerCapture(event.pointerId);
  }

  #moved(event) {
    if (this.#fingers.has(event.pointerId)) this.#fingers.set(event.pointerId, this.view.point(event));
    this.#gesture?.move(event);
  }

  #up(event) {
    if (!this.#fingers.delete(event.pointerId) || !this.#gesture) return;
    const gesture = this.#gesture;
    this.#gesture = null;
    if (event.type === "pointercancel") gesture.abandon?.();
    else gesture.end?.(event);
    this.#clear();
  }

  #drag(event, clicked) {
    const { desk } = this;
    const origin = desk.free;
    const around = bounds(origin);
    const found = this.#targets(origin);
    const gesture = this.#change(event, "move", origin, (dx, dy, keys) => {
      if (keys.shiftKey) [dx, dy] = Math.abs(dx) > Math.abs(dy) ? [dx, 0] : [0, dy];
      const there = moved(around, dx, dy);
      const near = NEAR / this.view.state.scale;
      const snap = this.#sticks(keys) ? snapMove(there, found, near) : { dx: 0, dy: 0, guides: [] };
      const [byX, byY] = [there.x + snap.dx - around.x, there.y + snap.dy - around.y];
      this.canvas.guide(snap.guides);
      this.canvas.tell(fill(this.words.place, { x: Math.round(around.x + byX), y: Math.round(around.y + byY) }));
      return (layer) => moved(origin.find(({ id }) => id === layer.id), byX, byY);
    });
    return { ...gesture, end: () => (gesture.isMoved() ? gesture.end() : clicked()) };
  }

  #resize(event, handle) {
    const origin = this.desk.layer;
    const found = this.#targets([origin]);
    return this.#change(event, "resize", [origin], (dx, dy, keys) => {
      const keepRatio = keys.shiftKey;
      let box = resized(origin, handle, dx, dy, { keepRatio });
      let guides = [];
      if (!keepRatio && this.#sticks(keys)) {
        const snap = snapResize(box, handle, found, NEAR / this.view.state.scale);
        box = resized(origin, handle, dx + snap.dx, dy + snap.dy);
        guides = snap.guides;
      }
      this.canvas.guide(guides);
      this.canvas.tell(fill(this.words.size, box));
      return () => ({ x: box.x, y: box.y, width: box.width, height: box.height });
    });
  }

  /** A step that lasts as long as the press: `by(dx, dy, keys)` gives what changes about each layer. */
  #change(event, step, layers, by) {
    const { desk, view, acts } = this;
    const start = view.point(event);
    const from = under(view.state, start);
    const merge = `hand ${(this.#number += 1)}`;
    const ids = layers.map(({ id }) => id);
    const label = acts.step(step, layers);
    let isMoved = false;
    return {
      isMoved: () => isMoved,
      move: (now) => {
        const point = view.point(now);
        isMoved ||= Math.hypot(point.x - start.x, point.y - start.y) > STILL;
        if (!isMoved || !ids.length) return;
        const to = under(view.state, point);
        const change = by(to.x - from.x, to.y - from.y, now);
        desk.change(changeLayers(desk.draft, ids, change), label, { merge, held: true });
      },
      end: () => {
        desk.settle();
        if (isMoved && ids.length) acts.sayBox();
      },
      abandon: () => desk.abandon(merge),
    };
  }

  #stretch(event) {
    const { desk, view, canvas } = this;
    const from = under(view.state, view.point(event));
    const kept = event.shiftKey ? desk.chosen : [];
    desk.choose(kept);
    return {
      move: (now) => {
        const band = spanned(from, under(view.state, view.point(now)));
        canvas.band(band);
        const met = desk.draft.layers.filter((l) => l.visible && !l.locked && touch(l, band)).map(({ id }) => id);
        desk.choose([...new Set([...kept, ...met])]);
      },
    };
  }

  #pan(event, clicked) {
    const start = this.view.point(event);
    let last = start;
    this.canvas.element.dataset.panning = "";
    return {
      move: (now) => {
        const point = this.view.point(now);
        this.view.pan(point.x - last.x, point.y - last.y);
        last = point;
      },
      end: () => Math.hypot(last.x - start.x, last.y - start.y) <= STILL && clicked?.(),
    };
  }

  #pinch() {
    const spread = () => {
      const [one, other] = [...this.#fingers.values()];
      const middle = { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
      return { middle, length: Math.hypot(one.x - other.x, one.y - other.y) || 1 };
    };
    let last = spread();
    return {
      move: () => {
        if (this.#fingers.size < 2) return;
        const now = spread();
        this.view.zoom(now.length / last.length, now.middle);
        this.view.pan(now.middle.x - last.middle.x, now.middle.y - last.middle.y);
        last = now;
      },
    };
  }

  #targets(moving) {
    const { draft } = this.desk;
    const others = draft.layers.filter((layer) => layer.visible && !moving.some(({ id }) => id === layer.id));
    return targets({ width: draft.width, height: draft.height }, others, this.stick.grid);
  }

  #sticks({ ctrlKey, metaKey }) {
    return this.stick.edges && !ctrlKey && !metaKey;
  }

  #keyDown(event) {
    if (event.key === "Escape" && this.#gesture) {
      event.stopPropagation();
      this.#gesture.abandon?.();
      this.#gesture = null;
      this.#clear();
    }
    if (event.key === " " && this.canvas.element.contains(event.target) && event.target.tagName !== "BUTTON") {
      event.preventDefault(); // no scrolling
      this.#space(true);
    }
  }

  #space(isDown) {
    this.#isSpace = isDown;
    if (isDown) this.canvas.element.dataset.panning = "";
    else if (!this.#gesture) delete this.canvas.element.dataset.panning;
  }

  #clear() {
    this.canvas.guide([]);
    this.canvas.band(null);
    this.canvas.tell("");
    if (!this.#isSpace) delete this.canvas.element.dataset.panning;
  }
}
