/** Countdown, stopwatch, time until a moment, time on air, time of day. */
import { clock } from "../../popout/music-face.js";
import { Layer, make } from "./layer.js";

const SECOND = 1000;

export class TimerLayer extends Layer {
  #timer = { ran_seconds: 0, running_since: null };
  #since = new Map(); // by platform: since when it is live, ms
  #timeout = 0;
  #before = make("span", "timer__before");
  #time = make("span", "timer__time");

  constructor(element, context) {
    super(element, context);
    this.timer = make("div", "timer", this.#before, this.#time);
    element.replaceChildren(this.timer);
  }

  draw() {
    clearTimeout(this.#timeout);
    const { text, isOver, next } = this.#shown(this.context.now());
    this.#before.textContent = isOver ? "" : this.config.before;
    this.#time.textContent = text;
    this.timer.classList.toggle("timer--over", isOver);
    if (next !== null) this.#timeout = setTimeout(() => this.draw(), next);
  }

  hear(channel, { type, data }) {
    if (channel === "overlay" && data.timers?.[this.id]) this.#timer = data.timers[this.id];
    else if (channel === "status" && type === "channel.status") this.#hearChannel(data);
    else return;
    this.draw();
  }

  sample() {
    if (this.config.mode === "live") this.#since.set("", this.context.now() - 4_980_000);
    this.draw();
  }

  stop() {
    clearTimeout(this.#timeout);
  }

  #hearChannel({ platform, live, live_since: since }) {
    if (live && since) this.#since.set(platform, Date.parse(since));
    else this.#since.delete(platform);
  }

  #shown(now) {
    if (this.config.mode === "clock") return this.#clock(now);
    const began = this.#since.size ? Math.min(...this.#since.values()) : null;
    return shown(this.config, this.#timer, began, now);
  }

  #clock(now) {
    const options = { hour: "numeric", minute: "2-digit", timeZone: this.context.timeZone };
    const text = new Intl.DateTimeFormat(this.context.language, options).format(now);
    return { text, isOver: false, next: SECOND - (now % SECOND) };
  }
}

/**
 * What a timer says at `now`: `{text, isOver, next}`, `next` ms until it says something else or null. `timer` is of the
 * server, `began` when the stream did; all times in ms.
 */
export function shown(config, timer, began, now) {
  switch (config.mode) {
    case "countdown":
      return down(config.seconds * SECOND - ran(timer, now), timer.running_since !== null, config);
    case "until":
      return config.moment ? down(Date.parse(config.moment) - now, true, config) : nothing;
    case "live":
      return began === null ? nothing : up(now - began, true);
    default:
      return up(ran(timer, now), timer.running_since !== null);
  }
}

const nothing = { text: "", isOver: false, next: null };

function ran({ ran_seconds: before, running_since: since }, now) {
  return before * SECOND + (since === null ? 0 : Math.max(0, now - Date.parse(since)));
}

/** A countdown says "0:01" until it is over: a second that has begun counts. */
function down(left, runs, { over }) {
  if (left <= 0) return { text: over || clock(0), isOver: true, next: null };
  return { text: clock(Math.ceil(left / SECOND) * SECOND), isOver: false, next: runs ? left % SECOND || SECOND : null };
}

function up(passed, runs) {
  const milliseconds = Math.max(0, passed);
  const next = runs ? SECOND - (milliseconds % SECOND) : null;
  return { text: clock(milliseconds), isOver: false, next };
}
