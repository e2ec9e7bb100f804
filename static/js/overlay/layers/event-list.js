/** What happened last, newest first. */
import { nodes } from "../../lib/fragments.js";
import { MESSAGE_LENGTH, NAME_LENGTH, actor, amount, clean } from "../../popout/words.js";
import { Layer, make } from "./layer.js";
import { isOf, platformIcon } from "./list.js";
import { enter } from "./motion.js";
import * as samples from "./samples.js";

const MOST_KEPT = 50; // for when more of them are wanted
const PLACE = /\{(actor|amount|title)\}/;

export class EventListLayer extends Layer {
  #events = []; // newest first
  #rows = make("div", "events");

  constructor(element, context) {
    super(element, context);
    element.replaceChildren(this.#rows);
  }

  draw() {
    const wanted = this.#events.filter((message) => this.#isWanted(message)).slice(0, this.config.most);
    this.#rows.replaceChildren(...wanted.map((message) => this.#row(message)));
  }

  hear(channel, message) {
    if (channel !== "events" || !(message.type in this.context.words.sentences)) return;
    this.#events.unshift(message);
    this.#events.splice(MOST_KEPT);
    if (!this.#isWanted(message)) return;
    const row = this.#row(message);
    this.#rows.prepend(row);
    if (this.#rows.childElementCount > this.config.most) this.#rows.lastElementChild.remove();
    if (!document.hidden) enter(row, this.config.motion_in);
  }

  sample() {
    this.#events = samples.events(this.context.words, this.context.now()).reverse();
    this.draw();
  }

  #isWanted({ type, data }) {
    return this.config.kinds.includes(type) && isOf(this.config.platforms, data.platform);
  }

  #row(message) {
    const { type, data } = message;
    const row = make("div", "event-row", ...(this.config.show_platform ? [platformIcon(data.platform)] : []));
    row.dataset.kind = type;
    row.dataset.platform = data.platform;
    const sentence = make("span", "event-row__sentence", ...this.#sentence(message));
    row.append(sentence);
    if (this.config.show_message && data.message) {
      const options = { clean: (text) => clean(text, MESSAGE_LENGTH) };
      sentence.append(" ", make("bdi", "event-row__message", ...nodes(data.fragments, data.message, options)));
    }
    return row;
  }

  /** Words and places of `words.sentences`, as nodes. */
  #sentence({ type, data }) {
    const { words, language } = this.context;
    const values = {
      actor: actor(data.actor, words),
      amount: amount(data.amount, data.unit, words, language, data.currency),
      title: clean(data.extra.title, NAME_LENGTH),
    };
    const parts = words.sentences[type].split(PLACE);
    return parts.map((part, place) => (place % 2 ? make("bdi", `event-row__${part}`, values[part]) : part));
  }
}
