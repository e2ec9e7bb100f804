/** The list of layers, the topmost first: choosing, order, hiding, locking. A listbox that keeps the focus itself. */
import { arrange, slotOf } from "../popout/draw.js";
import { blank } from "./canvas.js";
import { icon } from "./icons.js";
import { inList } from "./keys.js";

const STILL = 4; // pixels a press may slip before it is a drag

export class LayerList {
  #list;
  #desk;
  #acts;
  #words;
  #drag = null; // {id, y, isMoving, place}

  /** `edit()` goes to the properties of what is chosen. */
  constructor(list, { desk, acts, words, edit }) {
    Object.assign(this, { edit });
    [this.#list, this.#desk, this.#acts, this.#words] = [list, desk, acts, words];
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("focus", () => this.#desk.chosen.length || this.#go(0));
    list.addEventListener("pointerdown", (event) => this.#down(event));
    list.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) list.addEventListener(name, (event) => this.#up(event));
    list.addEventListener("dblclick", ({ target }) => target.closest("[data-act]") || this.edit());
  }

  draw() {
    const { draft, chosen } = this.#desk;
    const make = () => blank("layer");
    arrange(this.#list, draft.layers.toReversed(), { key: ({ id }) => id, make, draw: (row, l) => this.#row(row, l) });
    const current = chosen.at(-1);
    if (current) this.#list.setAttribute("aria-activedescendant", `row-${current}`);
    else this.#list.removeAttribute("aria-activedescendant");
    if (current) this.#list.querySelector(`#row-${CSS.escape(current)}`)?.scrollIntoView({ block: "nearest" });
  }

  #row(row, layer) {
    if (!row.id) {
      row.id = `row-${layer.id}`;
      slotOf(row, "icon").replaceChildren(icon(this.#desk.forms[layer.type].icon));
    }
    slotOf(row, "name").textContent = layer.name;
    row.ariaSelected = String(this.#desk.chosen.includes(layer.id));
    const states = [layer.visible ? "" : this.#words.hidden, layer.locked ? this.#words.locked : ""].filter(Boolean);
    row.ariaLabel = [layer.name, this.#desk.forms[layer.type].label, ...states].join(", ");
    row.dataset.state = [layer.visible ? "" : "hidden", layer.locked ? "locked" : ""].filter(Boolean).join(" ");
  }

  #key(event) {
    const told = inList(event);
    if (!told) return;
    event.preventDefault();
    const steps = { raise: 1, lower: -1, top: Infinity, bottom: -Infinity }[told.act];
    if (steps) this.#acts.raise(steps);
    else if (told.act === "properties") this.edit();
    else this.#go(told.step, told.more);
  }

  /** So many rows down from the current one; `more` keeps what was chosen. */
  #go(step, more = false) {
    const { draft, chosen } = this.#desk;
    const ids = draft.layers.map(({ id }) => id).reverse();
    if (!ids.length) return;
    const place = chosen.length ? ids.indexOf(chosen.at(-1)) + step : 0;
    const id = ids[Math.max(0, Math.min(ids.length - 1, place))];
    this.#desk.choose(more ? [...chosen.filter((other) => other !== id), id] : [id]);
  }

  #down(event) {
    const row = event.target.closest("[role=option]");
    if (!row || event.button !== 0) return;
    const id = row.dataset.key;
    const { act } = event.target.closest("[data-act]")?.dataset ?? {};
    if (act) return void this.#acts[act]([id]);
    this.#choose(id, event);
    if (event.pointerType === "touch" && !event.target.closest("[data-grip]")) return;
    this.#drag = { id, y: event.clientY, isMoving: false, place: null };
    this.#list.setPointerCapture(event.pointerId);
  }

  #choose(id, { shiftKey, ctrlKey, metaKey }) {
    const { chosen, draft } = this.#desk;
    if (shiftKey && chosen.length) {
      const ids = draft.layers.map((layer) => layer.id);
      const [from, to] = [ids.indexOf(chosen[0]), ids.indexOf(id)];
      const between = ids.slice(Math.min(from, to), Math.max(from, to) + 1);
      this.#desk.choose([chosen[0], ...between.filter((other) => other !== chosen[0] && other !== id), id]);
    } else if (ctrlKey || metaKey) {
      const others = chosen.filter((other) => other !== id);
      this.#desk.choose(others.length < chosen.length ? others : [...others, id]);
    } else {
      this.#desk.choose([id]);
    }
  }

  #move(event) {
    const drag = this.#drag;
    if (!drag) return;
    drag.isMoving ||= Math.abs(event.clientY - drag.y) > STILL;
    if (!drag.isMoving) return;
    const rows = [...this.#list.children];
    const above = rows.filter((row) => {
      const { top, height } = row.getBoundingClientRect();
      return top + height / 2 < event.clientY;
    });
    this.#mark(above.at(-1) ?? null);
    const below = rows.slice(above.length).filter((row) => row.dataset.key !== drag.id);
    drag.place = below.length; // counted from the bottom, without itself
  }

  #up(event) {
    const drag = this.#drag;
    this.#drag = null;
    this.#mark(undefined);
    if (event.type === "pointerup" && drag?.isMoving) this.#acts.put(drag.id, drag.place);
  }

  /** A line under this row, above all of them for null, none for undefined. */
  #mark(row) {
    for (const other of this.#list.children) delete other.dataset.dropAfter;
    if (row) row.dataset.dropAfter = "";
    if (row === null) this.#list.dataset.dropFirst = "";
    else delete this.#list.dataset.dropFirst;
  }
}
