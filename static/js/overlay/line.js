/** The overlay's socket to Lumio. It subscribes to nothing: the server knows what the layers listen to. */
import { Home } from "../lib/home.js";
import { learnServerTime } from "../lib/server-time.js";

export class Line {
  #home;
  #on;
  #after = { chat: null, events: null }; // the last `seq` that the page has of each log
  #pieces = []; // of a definition that has not come whole yet

  /** When the page was first connected, by the server's clock (ms). */
  since = Infinity;

  /**
   * `url`: ws(s) address of `/v1/ws/overlay`. `hello()` and `beat()` are of `Home`, and so are `lost`, `over` and `reload`
   * of `on`; it has `ready(message)`, `definition(definition)`, `heard(channel, message)`, `said(message)` for what is
   * about an alert, and `beaten()` after a beat, too.
   */
  constructor({ url, hello, beat, on }) {
    this.#on = on;
    const { lost, over, reload } = on;
    this.#home = new Home({
      url,
      hello: () => ({ ...hello(), after: this.#after }),
      beat,
      on: { ready: (message) => this.#ready(message), message: (message) => this.#receive(message), lost, over, reload },
    });
  }

  start() {
    this.#home.start();
  }

  /** Tells the server, if it is there. */
  say(message) {
    this.#home.say(message);
  }

  /** Tells it how the page is. */
  beat() {
    this.#home.beat();
  }

  #ready(message) {
    learnServerTime(message.server_time);
    this.since = Math.min(this.since, Date.parse(message.server_time));
    this.#pieces = [];
    this.#on.ready(message);
  }

  #receive(message) {
    switch (message.type) {
      case "beat":
        this.#on.beaten();
        break;
      case "echo":
        this.say({ type: "echo", id: message.id });
        break;
      case "definition":
        this.#define(message);
        break;
      case "subscribed":
        this.#begin(topicOf(message.channel), message.seq);
        break;
      case "gap":
        this.#after[topicOf(message.channel)] = message.to;
        break;
      case "messages":
        this.#messages(topicOf(message.channel), message.messages);
        break;
      default:
        this.#on.said(message);
    }
  }

  #define({ piece, is_last: isLast }) {
    this.#pieces.push(piece);
    if (isLast) this.#on.definition(JSON.parse(this.#pieces.splice(0).join("")));
  }

  /** A page that knows more than the log has, which was put back from a copy, goes on where that ends. */
  #begin(topic, seq) {
    if (seq !== null && this.#after[topic] > seq) this.#after[topic] = seq;
  }

  #messages(topic, messages) {
    for (const message of messages) {
      if (message.seq !== undefined) {
        if (this.#after[topic] !== null && message.seq <= this.#after[topic]) continue;
        this.#after[topic] = message.seq;
      }
      this.#on.heard(topic, message);
    }
  }
}

function topicOf(channel) {
  return channel.slice(0, channel.indexOf(":"));
}
