/** The properties of what is chosen: of one layer, of several, or of the overlay. Fields follow the layer's type. */
import { fill } from "../popout/words.js";
import { slotOf, write } from "../popout/draw.js";
import { blank } from "./canvas.js";
import { changeLayers, configure } from "./draft.js";
import { field } from "./fields.js";
import { LARGEST } from "./geometry.js";
import { icon } from "./icons.js";
import { remote } from "./remote.js";
import { Rows } from "./rows.js";

export class Panel {
  #element;
  #desk;
  #pen;
  #shown = null; // which fields are there: of a layer by id, "several" or "overlay"
  #fields = new Map(); // what is shown of the layer (or overlay): field
  #config = new Map();

  /** `pen` is `{words, spec, languages, files, acts, running, play, test, mayTest}`: see `field`, `Rows`, `remote`. */
  constructor(element, desk, pen) {
    [this.#element, this.#desk, this.#pen] = [element, desk, pen];
    // Whatever was typed halfway is what it stands for again.
    element.addEventListener("focusout", () => queueMicrotask(() => this.draw()));
    element.addEventListener("click", ({ target }) => {
      const { align, fill: whole } = target.closest("button")?.dataset ?? {};
      if (align) pen.acts.align(align);
      if (whole !== undefined) pen.acts.fillOverlay();
    });
  }

  draw() {
    const { draft, chosen, layer } = this.#desk;
    const wanted = layer ? layer.id : chosen.length ? "several" : "overlay";
    if (wanted !== this.#shown) this.#build(wanted, layer);
    if (!layer && chosen.length) write(this.#element, "title", fill(this.#pen.words.several, { n: chosen.length }));
    if (layer) write(this.#element, "title", layer.name);
    for (const [name, made] of this.#fields) made.show(layer ? layer[name] : draft[name]);
    for (const [name, made] of this.#config) made.show(layer.config[name]);
  }

  /** To the first field; `name` is one of the layer's own. */
  focus(name = "") {
    const wanted = name ? `[data-setting="${name}"] ` : "";
    const control = this.#element.querySelector(`${wanted}:is(input, select, textarea):not([tabindex="-1"])`);
    control?.focus();
    if (name) control?.select?.();
  }

  #build(wanted, layer) {
    const { words, spec } = this.#pen;
    this.#shown = wanted;
    this.#fields.clear();
    this.#config.clear();
    const panel = blank(layer ? "panel-layer" : wanted === "several" ? "panel-several" : "panel-overlay");
    this.#element.replaceChildren(panel);
    this.#element.scrollTop = 0;
    if (layer) this.#ofLayer(panel, layer.id, spec.types[layer.type], words);
    else if (wanted === "overlay") this.#ofOverlay(panel);
  }

  #ofLayer(panel, id, type, words) {
    write(panel, "type", type.label);
    slotOf(panel, "icon").replaceChildren(icon(type.icon));
    const pixels = { kind: "number", least: -LARGEST, most: LARGEST, step: 1, help: "" };
    const size = { ...pixels, least: 1 };
    const own = {
      name: { kind: "text", limit: 80, help: "", label: words.name },
      visible: { kind: "switch", help: "", label: words.visible },
      locked: { kind: "switch", help: "", label: words.is_fixed },
      x: { ...pixels, label: "X" },
      y: { ...pixels, label: "Y" },
      width: { ...size, label: words.width },
      height: { ...size, label: words.height },
      opacity: { kind: "number", least: 0, most: 100, step: 1, help: "", label: words.opacity },
    };
    for (const [name, setting] of Object.entries(own)) {
      const made = field({ ...setting, name }, this.#pen, (value) => {
        if (name === "name" && !value.trim()) return; // a layer has one
        this.#change(`${name} ${id}`, (draft) => changeLayers(draft, [id], () => ({ [name]: value })), setting.label);
      });
      slotOf(panel, name).replaceWith(made.element);
      this.#fields.set(name, made);
    }
    const live = remote(id, { ...this.#pen, desk: this.#desk });
    this.#fields.set("remote", live);
    slotOf(panel, "remote").replaceWith(live.element);
    slotOf(panel, "parts").replaceChildren(...this.#parts(id, type));
  }

  /** The settings of the type under the headings that they belong to. */
  #parts(id, type) {
    const { spec } = this.#pen;
    return spec.parts.flatMap(([part, label]) => {
      const settings = type.settings.filter((setting) => setting.within === part);
      if (!settings.length) return [];
      const group = blank("part");
      write(group, "label", label);
      slotOf(group, "fields").replaceChildren(
        ...settings.map((setting) => {
          const changed = (value, step = setting.label, held = setting.name) =>
            this.#change(`${held} ${id}`, (draft) => configure(draft, id, { [setting.name]: value }), step);
          const isRows = setting.kind === "rows";
          const made = isRows ? new Rows(setting, this.#pen, id, changed) : field(setting, this.#pen, changed);
          this.#config.set(setting.name, made);
          return made.element;
        }),
      );
      return [group];
    });
  }

  #ofOverlay(panel) {
    const { words, languages } = this.#pen;
    const size = { kind: "number", least: 16, most: LARGEST, step: 1, help: "" };
    const own = {
      name: { kind: "text", limit: 80, label: words.name, help: "" },
      width: { ...size, label: words.width },
      height: { ...size, label: words.height },
      language: { kind: "choice", label: words.language, help: words.language_help, choices: languages },
    };
    for (const [name, setting] of Object.entries(own)) {
      const made = field({ ...setting, name }, this.#pen, (value) => {
        if (name === "name" && !value.trim()) return;
        this.#set(name, value, setting.label);
      });
      slotOf(panel, name).replaceWith(made.element);
      this.#fields.set(name, made);
    }
    this.#background(panel, words);
  }

  /** None, or a colour without alpha. */
  #background(panel, words) {
    const solid = { kind: "colour", name: "background", label: words.background, help: "" };
    const picked = field(solid, this.#pen, (value) => this.#set("background", value.slice(0, 7), words.background));
    picked.element.querySelector("[data-percent]").hidden = true;
    const isClear = { kind: "switch", name: "transparent", label: words.transparent, help: words.transparent_help };
    const clear = field(isClear, this.#pen, (value) =>
      this.#set("background", value ? "transparent" : "#0e0e12", words.background),
    );
    slotOf(panel, "background").replaceWith(clear.element, picked.element);
    this.#fields.set("background", {
      show(value) {
        clear.show(value === "transparent");
        picked.element.hidden = value === "transparent";
        if (value !== "transparent") picked.show(value);
      },
    });
  }

  #set(name, value, label) {
    this.#change(`overlay ${name}`, (draft) => ({ ...draft, [name]: value }), label);
  }

  #change(merge, change, label) {
    const { words } = this.#pen;
    const of = this.#desk.layer?.name ?? this.#desk.draft.name;
    this.#desk.change(change(this.#desk.draft), fill(words.steps.set, { name: of, setting: label }), { merge });
  }
}
