/** Which events are ticked as thanked for: what the log tells of it, and the tick itself. */
import { call } from "./api.js";
import { write } from "./draw.js";
import { thanked } from "./words.js";

const MOST_TOLD = 2_000; // ticks that are remembered, for rows that are drawn after their tick was told
const PAGE = 500; // rows that the API gives at a time
const KIND = "event.thanked";

export class Thanks {
  #words;
  #told = new Map(); // by seq of the event: the tick, or null

  constructor(words) {
    this.#words = words;
  }

  /** Remember what `messages` of the log tell; the numbers of the events that it is about. */
  hear(messages) {
    const ticks = messages.filter(({ type }) => type === KIND).map(({ data }) => data.extra);
    for (const { seq, thanked: tick } of ticks) this.#remember(seq, tick);
    return ticks.map(({ seq }) => seq);
  }

  /** Have a row say how it stands; `message` is what it is drawn of, if it is drawn anew. */
  draw(item, message = null) {
    if (!("thanks" in item.dataset)) return; // nobody is thanked for it
    const seq = Number(item.dataset.seq);
    const tick = this.#told.has(seq) ? this.#told.get(seq) : (message?.data.thanked ?? null);
    item.dataset.thanks = tick ? "said" : "owed";
    write(item, "thanked", thanked(tick, this.#words));
    item.querySelector(".event__thank")?.setAttribute("aria-pressed", String(Boolean(tick)));
  }

  /** Tick a row, or take the tick back. Throws Refused. */
  async turn(item) {
    const method = item.dataset.thanks === "said" ? "DELETE" : "PUT";
    const { seq, thanked: tick } = await call(method, `/v1/events/${item.dataset.seq}/thanks`);
    this.#remember(seq, tick);
    this.draw(item);
  }

  /** What was ticked while the log told too much to be sent again: from one number to the other. */
  async fetch(from, to) {
    const heard = [];
    for (let after = from - 1; ; ) {
      const found = await call("GET", `/v1/events?type=${KIND}&after=${after}&limit=${PAGE}`);
      heard.push(...this.hear(found.filter(({ seq }) => seq <= to)));
      if (found.length < PAGE || found.at(-1).seq >= to) return heard;
      after = found.at(-1).seq;
    }
  }

  #remember(seq, tick) {
    this.#told.delete(seq); // the newest goes last
    this.#told.set(seq, tick);
    if (this.#told.size > MOST_TOLD) this.#told.delete(this.#told.keys().next().value);
  }
}
