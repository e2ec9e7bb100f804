/** What became of the messages that were sent from here, platform by platform, above the send box. */
import { serverNow } from "../lib/server-time.js";
import { call, why } from "./api.js";
import { platform } from "./draw.js";
import { settled } from "./orders.js";
import { button } from "./toasts.js";
import { clean, fill } from "./words.js";

const SEEN = 2_000; // ms that a message stays here once it is in the chat
const UNSEEN = 15_000; // ms after which a sent one is no longer waited for
const PREVIEW = 60;

export class Deliveries {
  #place;
  #words;
  #isThere;
  #mustWait;
  #expected = new Set(); // sent, and not yet seen in the chat

  /**
   * `isThere(platform, id)` says whether the chat has a message; `mustWait(platform, seconds)` is told when a platform
   * takes none for a while.
   */
  constructor(place, words, { isThere, mustWait }) {
    this.#place = place;
    this.#words = words;
    this.#isThere = isThere;
    this.#mustWait = mustWait;
  }

  /** Send `body`, as the API takes it, and show what becomes of it. Throws Refused where nothing was even tried. */
  async send(body) {
    const entry = this.#entry(body.text);
    const states = new Map(body.platforms.map((slug) => [slug, this.#state(entry, slug, "sending")]));
    try {
      const orders = await call("POST", "/v1/chat/messages", body);
      await Promise.all(orders.map((order) => this.#follow(order, states.get(order.platform), body)));
    } catch (error) {
      entry.remove();
      throw error;
    }
    this.#tidy(entry);
  }

  /** Lines have come: some of them may be ours. */
  look() {
    for (const one of [...this.#expected]) if (this.#isThere(one.platform, one.id)) one.seen();
  }

  async #follow(order, state, body) {
    try {
      const done = await settled(order, (waiting) => this.#wait(state, waiting));
      if (done.state === "failed") this.#refuse(state, done.problem, body);
      else this.#sent(state, done);
    } catch (error) {
      this.#fail(state, why(error), body);
    }
  }

  #wait(state, { waits_until }) {
    const seconds = Math.ceil((Date.parse(waits_until) - serverNow()) / 1000);
    this.#tell(state, "waiting", seconds > 0 ? fill(this.#words.waits_for, { n: seconds }) : this.#words.waits);
  }

  #sent(state, { platform: slug, message_id }) {
    this.#tell(state, "sent", this.#words.sent);
    const over = (wait) => setTimeout(() => this.#close(state), wait);
    const timer = over(message_id ? UNSEEN : SEEN);
    const expected = {
      platform: slug,
      id: message_id,
      seen: () => {
        clearTimeout(timer);
        this.#expected.delete(expected);
        this.#tell(state, "confirmed", this.#words.confirmed);
        over(SEEN);
      },
    };
    if (!message_id) return;
    this.#expected.add(expected);
    setTimeout(() => this.#expected.delete(expected), UNSEEN);
    this.look();
  }

  /** The platform said no: for now, perhaps. */
  #refuse(state, { detail, retry_after: seconds }, body) {
    const [again] = this.#fail(state, detail, body);
    if (!seconds) return;
    this.#mustWait(state.dataset.platform, seconds);
    again.disabled = true;
    setTimeout(() => (again.disabled = false), seconds * 1_000);
  }

  #fail(state, reason, body) {
    this.#tell(state, "failed", fill(this.#words.with_reason, { what: this.#words.not_delivered, reason }));
    const again = () => {
      this.#close(state);
      this.send({ ...body, platforms: [state.dataset.platform] }).catch((error) => this.#refused(body, state, error));
    };
    const buttons = [button(this.#words.try_again, again), button(this.#words.dismiss, () => this.#close(state))];
    state.append(...buttons);
    return buttons;
  }

  #refused(body, { dataset }, error) {
    this.#fail(this.#state(this.#entry(body.text), dataset.platform, "failed"), why(error), body);
  }

  #entry(text) {
    const entry = document.createElement("li");
    entry.className = "delivery";
    const said = document.createElement("bdi");
    said.className = "delivery__text";
    said.textContent = clean(text, PREVIEW);
    entry.append(said);
    this.#place.append(entry);
    return entry;
  }

  #state(entry, slug, state) {
    const shown = document.createElement("span");
    shown.dataset.platform = slug;
    entry.append(shown);
    this.#tell(shown, state, this.#words[state] ?? "");
    return shown;
  }

  #tell(shown, state, text) {
    const { icon, name } = platform(shown.dataset.platform);
    shown.className = `delivery__state delivery__state--${state}`;
    shown.title = name;
    const said = document.createElement("span");
    said.textContent = text;
    shown.replaceChildren(...icon, said);
  }

  #close(state) {
    const entry = state.closest(".delivery");
    state.remove();
    if (entry) this.#tidy(entry);
  }

  #tidy(entry) {
    if (!entry.querySelector(".delivery__state")) entry.remove();
  }
}
