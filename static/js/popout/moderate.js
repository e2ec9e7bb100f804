/** Deleting, timing out, banning and lifting: asks the server, says what came of it, and undoes. */
import { Refused, addressOf, call, why } from "./api.js";
import { slotOf, write } from "./draw.js";
import { settled } from "./orders.js";
import { amount, fill } from "./words.js";

const UNDO = 10_000; // ms in which it is offered

const CALLS = {
  delete: ({ line }) => ["DELETE", `/v1/chat/${line.message.seq}`],
  timeout: (subject, details) => ["POST", `${addressOf(subject)}/timeout`, details],
  ban: (subject, details) => ["POST", `${addressOf(subject)}/ban`, details],
  unban: (subject) => ["POST", `${addressOf(subject)}/unban`, {}],
};

export class Moderation {
  #toasts;
  #words;
  #language;
  #undoable = []; // newest last

  constructor({ toasts, words, language }) {
    this.#toasts = toasts;
    this.#words = words;
    this.#language = language;
  }

  /**
   * Do `act` to `subject`, `{platform, id, name, line}` (`line` is null for somebody on the card), with `details` as the
   * API takes them. Nothing looks done before the platform did it: the log then says so to everybody. Returns whether.
   */
  async perform(act, subject, details = {}) {
    const { line, name } = subject;
    this.#wait(line, this.#words[`pending_${act}`]);
    try {
      const order = await settled(await call(...CALLS[act](subject, details)));
      if (order.state === "failed") throw new Refused({ code: "failed", text: order.problem.detail });
      const time = amount(details.seconds, "seconds", this.#words, this.#language);
      this.#tell(fill(this.#words[`did_${act}`], { name, time }), order, subject);
      return true;
    } catch (error) {
      this.#toasts.problem(why(error));
      return false;
    } finally {
      this.#wait(line, "");
    }
  }

  /** Take the newest timeout or ban back. */
  undo() {
    const newest = this.#undoable.at(-1);
    if (newest) newest.run();
    else this.#toasts.say(this.#words.nothing_to_undo);
  }

  #wait(line, text) {
    if (!line?.item) return;
    line.item.classList.toggle("line--pending", Boolean(text));
    if (slotOf(line.item, "note")) write(line.item, "note", text);
  }

  #tell(text, order, subject) {
    if (!order.can_undo) {
      this.#toasts.say(text);
      return;
    }
    const run = () => {
      forget();
      close();
      this.#lift(order, subject);
    };
    const entry = { run };
    const forget = () => {
      clearTimeout(timer);
      this.#undoable = this.#undoable.filter((one) => one !== entry);
    };
    const timer = setTimeout(forget, UNDO);
    const close = this.#toasts.say(text, { label: this.#words.undo, run });
    this.#undoable.push(entry);
  }

  async #lift(order, { name }) {
    try {
      await settled(await call("POST", `/v1/chat/orders/${order.id}/undo`));
      this.#toasts.say(fill(this.#words.did_undo, { name }));
    } catch (error) {
      this.#toasts.problem(why(error));
    }
  }
}
