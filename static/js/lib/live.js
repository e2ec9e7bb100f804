// The client of `/v1/ws`: keeps one socket alive for as long as the page lives.
//
// It reconnects for ever, resumes every log after the last `seq` it has, and drops what it has seen.
import { learnServerTime, serverNow } from "./server-time.js";
import { Wire } from "./wire.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
const ACK_FRAMES = 32;
const PING_AFTER = 15_000;
// Somebody closed this page in Lumio.
export const SUPERSEDED = 4409;
// Signed out or revoked, and forbidden: asking again would change nothing. Closed by somebody: not ours to undo.
const FINAL = new Set([4401, 4403, SUPERSEDED]);

export class LiveSocket {
  #wire;
  #token;
  #page;
  #channels;
  #on;
  #retry = 0;
  #pause = FIRST_PAUSE;
  #connected = null;
  #version = null;

  /**
   * `url`: ws(s) address of `/v1/ws`. `token`: popout token, or null for the session's cookie. `page`: path of the page,
   * by which people know it that see which pages are open. `channels`: a list of `{name, after}`, where `after` is the
   * last `seq` on the page, null for "from now on". `on` holds what to call, all of it optional: `ready(message)`,
   * `messages(channel, messages)`, `state({connected, since})`, `gap(channel, from, to)`, `reload()`,
   * `refused(channel, code)`, and `closed(code)` when it will not come back.
   */
  constructor({ url, token = null, page = "", channels = [], on = {} }) {
    this.#token = token;
    this.#page = page;
    this.#channels = new Map(channels.map(({ name, after = null }) => [name, { after, refused: false }]));
    this.#on = on;
    this.#wire = new Wire({
      url,
      ackFrames: ACK_FRAMES,
      on: {
        opened: () => this.#introduce(),
        message: (message, isDue) => this.#receive(message, isDue),
        silent: (ms) => ms > PING_AFTER && this.#wire.send({ type: "ping" }),
        lost: (code) => this.#lost(code),
      },
    });
  }

  start() {
    globalThis.addEventListener?.("online", this.#hurry);
    globalThis.document?.addEventListener("visibilitychange", this.#hurry);
    this.#connect();
  }

  stop() {
    globalThis.removeEventListener?.("online", this.#hurry);
    globalThis.document?.removeEventListener("visibilitychange", this.#hurry);
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.#wire.close();
  }

  #connect() {
    this.#retry = 0;
    this.#wire.open();
  }

  // Connects without waiting for the pause to end, if there is one and somebody looks.
  #hurry = () => {
    if (!this.#retry || globalThis.document?.visibilityState === "hidden") return;
    clearTimeout(this.#retry);
    this.#pause = FIRST_PAUSE;
    this.#connect();
  };

  #lost(code) {
    this.#become(false);
    if (FINAL.has(code)) {
      this.stop();
      this.#on.closed?.(code);
      return;
    }
    // Jitter, so that a restarted server is not asked by everybody at once.
    this.#retry = setTimeout(() => this.#connect(), this.#pause * (0.5 + Math.random() / 2));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  #introduce() {
    // Without a token the first command of any kind makes the server look at the cookie. The version that this page
    // was first told is what the server compares with its own: another one is answered with `reload`.
    const page = this.#page;
    const first = this.#token ? { type: "auth", token: this.#token, page } : { type: "ping", page };
    this.#wire.send(this.#version === null ? first : { ...first, version: this.#version });
    for (const [channel, { after, refused }] of this.#channels) {
      if (!refused) this.#wire.send({ type: "subscribe", channel, after });
    }
  }

  #receive(message, isDue) {
    if (isDue) this.#wire.send({ type: "ack", frames: this.#wire.acknowledged() });
    const channel = this.#channels.get(message.channel);
    switch (message.type) {
      case "ready":
        this.#ready(message);
        break;
      case "subscribed":
        // A page without a `seq` begins here, and so does one that knows more than a restored database.
        if (channel && message.seq !== null) channel.after = Math.min(channel.after ?? message.seq, message.seq);
        break;
      case "messages":
        if (channel) this.#messages(message.channel, channel, message.messages);
        break;
      case "gap":
        if (channel) channel.after = Math.max(channel.after ?? 0, message.to);
        this.#on.gap?.(message.channel, message.from, message.to);
        break;
      case "reload":
        this.#on.reload?.();
        break;
      case "echo":
        this.#wire.send({ type: "echo", id: message.id });
        break;
      case "error":
        if (channel && (message.code === "UNAUTHORIZED" || message.code === "UNKNOWN_CHANNEL")) {
          channel.refused = true;
          this.#on.refused?.(message.channel, message.code);
        }
    }
  }

  #ready(message) {
    this.#pause = FIRST_PAUSE;
    learnServerTime(message.server_time);
    this.#become(true);
    this.#on.ready?.(message);
    this.#version ??= message.version;
  }

  #messages(name, channel, messages) {
    // States have an id instead of a seq: what arrives is always their latest value.
    const fresh = messages.filter(({ seq }) => seq === undefined || channel.after === null || seq > channel.after);
    if (fresh.length === 0) return;
    const last = fresh[fresh.length - 1];
    if (last.seq !== undefined) channel.after = last.seq;
    this.#on.messages?.(name, fresh);
  }

  // `since`: when it became so, in ms, by the server's clock.
  #become(connected) {
    if (connected === this.#connected) return;
    this.#connected = connected;
    this.#on.state?.({ connected, since: serverNow() });
  }
}
