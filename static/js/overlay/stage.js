/** Where the layers of an overlay stand: each in its place, drawn by its type, told what it listens to. */
import { serverNow } from "../lib/server-time.js";
import { LAYERS } from "./layers/index.js";

/** States that a layer is told which comes later. */
const KEPT = new Set(["status", "music", "overlay", "alerts"]);

export class Stage {
  #element;
  #context;
  #definition = null;
  #layers = new Map(); // by id: `{type, element, drawn, config}`
  #states = new Map(); // by channel and id: the latest message
  #isMuted = false;
  #hidesChat = false;

  /** `words`, `language`, `timeZone` and `isPreview` are handed on to the layers. */
  constructor(element, { words, language, timeZone, isPreview }) {
    this.#element = element;
    this.#context = {
      words,
      language,
      timeZone,
      isPreview,
      upload: (id) => this.#definition?.uploads[id] ?? null,
      now: serverNow,
      muted: () => isPreview || this.#isMuted,
    };
    addEventListener("resize", () => this.#fit());
  }

  /** Of the definition that is shown; null before there is one. */
  get version() {
    return this.#definition?.version ?? null;
  }

  /** Whether a layer that can be seen plays alerts. */
  get hasAlertBox() {
    return [...this.#layers.values()].some(({ type }) => type === "alert_box");
  }

  /** Show this definition (`overlays/domain/definition.py`). Layers that were there before go on with what they have. */
  show(definition) {
    this.#definition = definition;
    this.#element.style.background = definition.background;
    const shown = definition.layers.filter((layer) => layer.visible && LAYERS[layer.type] && !this.#isHidden(layer));
    const ids = new Set(shown.map(({ id }) => id));
    for (const id of [...this.#layers.keys()]) if (!ids.has(id)) this.#remove(id);
    shown.forEach((layer, index) => this.#put(layer, index));
    this.#fit();
  }

  /**
   * Somebody pressed the panic button, or restored. Layers that show chat are gone meanwhile, and begin empty afterwards:
   * what was said before and meanwhile does not come back.
   */
  hideChat(hidesChat) {
    if (hidesChat === this.#hidesChat) return;
    this.#hidesChat = hidesChat;
    if (this.#definition) this.show(this.#definition);
  }

  /** Hand a message of a channel ("chat", "events", "music", "status", "overlay", "alerts") to the layers. */
  hear(channel, message) {
    if (KEPT.has(channel)) this.#states.set(`${channel} ${message.id}`, [channel, message]);
    if (channel === "alerts") this.#isMuted = message.data.muted;
    if (message.type === "overlay.state") this.hideChat(message.data.hides_chat);
    for (const id of this.#layers.keys()) this.#tell(id, channel, message);
  }

  /** Have layers show invented content: the one with this id, or for null all of them. */
  sample(id) {
    for (const [one, { drawn }] of this.#layers) if (id === null || id === one) drawn.sample();
  }

  /** Play an alert in one of its layers. Resolves when it is over; true if it was shown to its end. */
  async play(play, { layer, variation }) {
    const box = this.#layers.get(layer);
    return box?.type === "alert_box" ? box.drawn.play(play, variation) : false;
  }

  /** End at once what alert boxes play. */
  halt() {
    for (const { type, drawn } of this.#layers.values()) if (type === "alert_box") drawn.halt();
  }

  /** For good: nothing is left to be seen or heard. */
  blank() {
    for (const id of [...this.#layers.keys()]) this.#remove(id);
    this.#definition = null;
    document.body.replaceChildren();
  }

  #isHidden({ type, config }) {
    return this.#hidesChat && (type === "chat_box" || (type === "custom" && config.chat));
  }

  #put(layer, index) {
    const { id, type, config } = layer;
    if (this.#layers.has(id) && this.#layers.get(id).type !== type) this.#remove(id);
    let held = this.#layers.get(id);
    const isNew = !held;
    if (isNew) {
      const element = document.createElement("div");
      element.className = `layer layer--${type}`;
      element.dataset.layer = id;
      held = { type, element, drawn: new LAYERS[type](element, this.#context), config: "" };
      this.#layers.set(id, held);
    }
    place(held.element, layer);
    // Moved only where it has to be: an element that is taken out and put back loads its frames anew.
    if (this.#element.children[index] !== held.element) {
      this.#element.insertBefore(held.element, this.#element.children[index] ?? null);
    }
    // What uploads it names may be there only now.
    const text = JSON.stringify([config, this.#definition.uploads]);
    if (text !== held.config) this.#guarded(id, () => held.drawn.configure(config));
    held.config = text;
    if (isNew) for (const [channel, message] of this.#states.values()) this.#tell(id, channel, message);
  }

  #tell(id, channel, message) {
    this.#guarded(id, () => this.#layers.get(id).drawn.hear(channel, message));
  }

  /** What one layer cannot draw must not keep the others from being drawn. */
  #guarded(id, act) {
    try {
      act();
    } catch (error) {
      console.error(`layer ${id}`, error);
    }
  }

  #remove(id) {
    const { element, drawn } = this.#layers.get(id);
    this.#guarded(id, () => drawn.stop());
    element.remove();
    this.#layers.delete(id);
  }

  /** As large as fits into the window, from its corner. `?scale=` says how large instead. */
  #fit() {
    if (!this.#definition) return;
    const { width, height } = this.#definition;
    const wanted = Number(new URLSearchParams(location.search).get("scale"));
    const scale = wanted > 0 ? wanted : Math.min(innerWidth / width, innerHeight / height);
    const { style } = this.#element;
    style.width = `${width}px`;
    style.height = `${height}px`;
    style.transform = scale === 1 ? "" : `scale(${scale})`;
  }
}

function place({ style }, { x, y, width, height, opacity }) {
  style.left = `${x}px`;
  style.top = `${y}px`;
  style.width = `${width}px`;
  style.height = `${height}px`;
  style.opacity = String(opacity / 100);
}
