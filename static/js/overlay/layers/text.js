/** Words with variables: who followed last, how many watch. */
import { amount } from "../../popout/words.js";
import { Layer, make } from "./layer.js";
import { run } from "./motion.js";
import * as samples from "./samples.js";
import { filled } from "./template.js";

/** What is said of a variable that nobody knows yet. */
const UNKNOWN = "–";

export class TextLayer extends Layer {
  #facts = Object.fromEntries(Object.keys(samples.FACTS).map((name) => [name, UNKNOWN]));
  #channels = new Map(); // by platform: how each of the account's channels is
  #line = make("div", "text__line");
  #box = make("div", "text", this.#line);
  #sizes = new ResizeObserver(() => this.#move());

  draw() {
    if (!this.#box.isConnected) {
      this.element.replaceChildren(this.#box);
      this.#sizes.observe(this.#box);
    }
    this.#line.replaceChildren(...filled(this.config.text, this.#facts));
    this.#box.classList.toggle("text--runs", this.config.scroll);
    this.#move();
  }

  hear(channel, { type, data }) {
    if (channel === "overlay" && data.facts) Object.assign(this.#facts, data.facts);
    else if (channel === "status" && type === "channel.status") this.#hearChannel(data);
    else return;
    this.draw();
  }

  sample() {
    Object.assign(this.#facts, samples.FACTS);
    this.draw();
  }

  stop() {
    this.#sizes.disconnect();
  }

  /** Viewers of all channels together; title and category of one that is live, else of any. */
  #hearChannel(data) {
    this.#channels.set(data.platform, data);
    const all = [...this.#channels.values()];
    const live = all.filter((channel) => channel.live);
    const { title, category } = live[0] ?? all[0];
    const viewers = live.reduce((sum, channel) => sum + (channel.viewers ?? 0), 0);
    const shown = amount(viewers, "", this.context.words, this.context.language);
    Object.assign(this.#facts, { viewers: shown, title: title || UNKNOWN, category: category || UNKNOWN });
  }

  #move() {
    if (this.config.scroll) run(this.#box, this.#line);
    else for (const animation of this.#line.getAnimations()) animation.cancel();
  }
}
