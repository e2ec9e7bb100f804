// The socket of a page that is found by a secret in its address: one for as long as the page lives. What is said while
// there is none is lost.

/** Milliseconds before each next try. */
const PAUSES = [1_000, 2_000, 5_000, 10_000, 30_000];
// The server asks every 10 s whether the page is there; if it is silent for so long, it is taken for dead.
const DEAD_AFTER = 35_000;
const TICK = 5_000;
// So many frames, or characters of them, are acknowledged at once, at the latest with the next beat.
const ACK_FRAMES = 64;
const ACK_SIZE = 64 * 1024;
const NO_SUCH_ADDRESS = 4401;
const WRONG_HOST = 4403;
const TOO_MANY = 4429;

export class Home {
  #url;
  #hello;
  #beat;
  #on;
  #socket = null;
  #isReady = false;
  #version;
  #tries = 0;
  #frames = 0;
  #acked = 0;
  #unackedSize = 0;
  #heardAt = 0;
  #tick = 0;
  #retry = 0;

  /**
   * `url`: ws(s) address. `hello()` is the first message, without the version; `beat()` what is said whenever the server
   * asks whether the page is there. `on` holds what to call: `ready(message)` if that matters, `message(message)`,
   * `reload()`, `lost()`, and `over()` when it will not come back.
   */
  constructor({ url, hello, beat = () => ({}), on }) {
    this.#url = url;
    this.#hello = hello;
    this.#beat = beat;
    this.#on = on;
  }

  start() {
    this.#frames = this.#acked = this.#unackedSize = 0;
    this.#heardAt = Date.now();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    // What comes from a socket that was given up is not for us any more.
    const whileMine = (handle) => (event) => {
      if (this.#socket === socket) handle(event);
    };
    socket.onopen = whileMine(() => this.#send({ ...this.#hello(), version: this.#version }));
    socket.onmessage = whileMine((event) => this.#frame(event.data));
    socket.onclose = whileMine((event) => this.#lost(event.code));
    this.#tick = setInterval(() => {
      if (Date.now() - this.#heardAt > DEAD_AFTER) this.#lost(1006);
    }, TICK);
  }

  stop() {
    clearTimeout(this.#retry);
    clearInterval(this.#tick);
    const socket = this.#socket;
    this.#socket = null;
    this.#isReady = false;
    socket?.close(1000);
  }

  /** Tells the server, if it is there. */
  say(message) {
    if (this.#isReady) this.#send(message);
  }

  /** Says how the page is, and what it has received. */
  beat() {
    this.#acked = this.#frames;
    this.#unackedSize = 0;
    this.say({ type: "beat", frames: this.#frames, ...this.#beat() });
  }

  #send(message) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #lost(code) {
    this.stop();
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

  #frame(text) {
    this.#heardAt = Date.now();
    this.#frames += 1;
    this.#unackedSize += text.length;
    const message = JSON.parse(text);
    const isMuch = this.#frames - this.#acked >= ACK_FRAMES || this.#unackedSize >= ACK_SIZE;
    if (message.type === "beat" || isMuch) this.beat();
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
