/** What all types of layer have in common. */
import { dress } from "./look.js";

export class Layer {
  /**
   * `element` is the positioned `<div class="layer layer--{type}" data-layer="{id}">`. `context` is of the page:
   * `upload(id)` gives `{url, kind}` or null, `now()` the server's time in ms, `words` are of `overlays/words.py`,
   * `language`, `timeZone`, `isPreview`, `muted()` whether sounds are off.
   */
  constructor(element, context) {
    this.element = element;
    this.context = context;
    this.id = element.dataset.layer;
    this.config = null;
  }

  /** Take a complete config (`overlays/layers.py`): at first, and whenever it was changed. */
  configure(config) {
    this.config = config;
    dress(this.element, config);
    this.draw();
  }

  /** Show what is known under the config of now. */
  draw() {}

  /** Take a message of a channel ("chat", "events", "music", "status", "overlay" or "alerts") as it is on the wire. */
  hear(_channel, _message) {}

  /** Show invented content, in the editor's preview. */
  sample() {}

  /** End timers and listeners: the layer goes away. */
  stop() {}
}

/** `<tag class="className">` with text or nodes in it. */
export function make(tag, className, ...content) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...content);
  return node;
}
