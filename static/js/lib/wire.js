// A WebSocket that is opened again and again, one at a time: what comes from one that was given up is dropped, one that
// is silent for long is given up, and frames are counted, without whose acknowledgement the server stops sending.

// Silent for so long, it is taken for dead: the other end may be gone unnoticed.
const DEAD_AFTER = 35_000;
const TICK = 2_000;
const ACK_SIZE = 64 * 1024;

export class Wire {
  #url;
  #ackFrames;
  #on;
  #socket = null;
  #tick = 0;
  #frames = 0;
  #acked = 0;
  #unackedSize = 0;
  #heardAt = { date: 0, run: 0 }; // by the clock that people set, and by the one that nobody sets

  /**
   * `url`: ws(s) address. `on` holds what to call: `opened()`, `lost(code)`, `silent(ms)` every few seconds if that
   * matters, and `message(message, isDue)`; acknowledging is due after `ackFrames`, or 64 KiB of them.
   */
  constructor({ url, ackFrames, on }) {
    this.#url = url;
    this.#ackFrames = ackFrames;
    this.#on = on;
  }

  open() {
    this.#frames = this.#acked = this.#unackedSize = 0;
    this.#hear();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    const whileMine = (handle) => (event) => {
      if (this.#socket === socket) handle(event);
    };
    socket.onopen = whileMine(() => this.#on.opened());
    socket.onmessage = whileMine((event) => this.#frame(event.data));
    socket.onclose = whileMine((event) => this.#lost(event.code));
    this.#tick = setInterval(() => this.#look(), TICK);
  }

  close() {
    clearInterval(this.#tick);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  send(message) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  /** How many frames there were; they count as acknowledged from now on. */
  acknowledged() {
    this.#acked = this.#frames;
    this.#unackedSize = 0;
    return this.#frames;
  }

  #lost(code) {
    this.close();
    this.#on.lost(code);
  }

  #look() {
    // One clock may have been set back since, the other may have stood still while the computer slept.
    const { date, run } = this.#heardAt;
    const silence = Math.max(Date.now() - date, performance.now() - run);
    if (silence > DEAD_AFTER) this.#lost(1006);
    else this.#on.silent?.(silence);
  }

  #hear() {
    this.#heardAt = { date: Date.now(), run: performance.now() };
  }

  #frame(text) {
    this.#hear();
    this.#frames += 1;
    this.#unackedSize += text.length;
    const isDue = this.#frames - this.#acked >= this.#ackFrames || this.#unackedSize >= ACK_SIZE;
    this.#on.message(JSON.parse(text), isDue);
  }
}
