// The socket of a page that is found by a secret in its address: one for as long as the page lives. What is said while
// there is none is lost.
import { Wire } from "./wire.js";

/** Milliseconds before each next try. */
const PAUSES = [1_000, 2_000, 5_000, 10_000, 30_000];
// At the latest they are acknowledged when the server asks whether the page is there, every 10 s.
const ACK_FRAMES = 64;
const NO_SUCH_ADDRESS = 4401;
const WRONG_HOST = 4403;
const TOO_MANY = 4429;

export class Home {
  #wire;
  #hello;
  #beat;
  #on;
  #isReady = false;
  #version;
  #tries = 0;
  #retry = 0;

  /**
   * `url`: ws(s) address. `hello()` is the first message, without the version; `beat()` what is said whenever the server
   * asks whether the page is there. `on` holds what to call: `ready(message)` if that matters, `message(message)`,
   * `reload()`, `lost()`, and `over()` when it will not come back.
   */
  constructor({ url, hello, beat = () => ({}), on }) {
    this.#hello = hello;
    this.#beat = beat;
    this.#on = on;
    this.#wire = new Wire({
      url,
      ackFrames: ACK_FRAMES,
      on: {
        opened: () => this.#wire.send({ ...this.#hello(), version: this.#version }),
        message: (message, isDue) => this.#receive(message, isDue),
        lost: (code) => this.#lost(code),
      },
    });
  }

  start() {
    this.#wire.open();
  }

  stop() {
    clearTimeout(this.#retry);
    this.#isReady = false;
    this.#wire.close();
  }

  /** Tells the server, if it is there. */
  say(message) {
    if (this.#isReady) this.#wire.send(message);
  }

  /** Says how the page is, and what it has received. */
  beat() {
    this.say({ type: "beat", frames: this.#wire.acknowledged(), ...this.#beat() });
  }

  #lost(code) {
    this.#isReady = false;
    this.#on.lost();
    if (code === NO_SUCH_ADDRESS || code === WRONG_HOST) {
      this.#on.over();
      return;
    }
    if (code === TOO_MANY) this.#tries = PAUSES.length - 1;
    const pause = PAUSES[Math.min(this.#tries, PAUSES.length - 1)];
    this.#tries += 1;
    // Jitter, so that a restarted server is not asked by everybody at once.
    this.#retry = setTimeout(() => this.start(), pause * (0.5 + Math.random() / 2));
  }

  #receive(message, isDue) {
    if (message.type === "beat" || isDue) this.beat();
    if (message.type === "ready") {
      this.#isReady = true;
      this.#tries = 0;
      this.#version ??= message.version;
      this.#on.ready?.(message);
    } else if (message.type === "reload") {
      this.#on.reload();
    } else {
      this.#on.message(message);
    }
  }
}
