/**
 * Code of the streamer's own, in a frame that shares nothing with this page (docs/users/custom-layer.md). The document of
 * the frame (templates/overlays/custom.html) is the same for everybody and asks for its code: what is saved and what the
 * editor has not saved yet run alike. Each change of the code is a new frame, so that nothing of the old goes on running.
 */
import { isLine } from "../../popout/lines.js";
import { Layer } from "./layer.js";
import * as samples from "./samples.js";

const FRAME = "/overlay/custom"; // knows no key: the code in it can read its own address
const MOST_KEPT = 50; // that a frame may miss while it loads

export class CustomLayer extends Layer {
  #frame = null;
  #isReady = false;
  #kept = [];
  #code = "";

  constructor(element, context) {
    super(element, context);
    addEventListener("message", this.#asked);
    document.addEventListener("visibilitychange", this.#seen);
  }

  draw() {
    const { html, css, js } = this.config;
    const code = JSON.stringify([html, css, js]);
    if (this.#frame && code === this.#code) return;
    this.#code = code;
    this.#isReady = false;
    const frame = document.createElement("iframe");
    frame.className = "custom";
    frame.setAttribute("sandbox", "allow-scripts");
    frame.src = FRAME;
    this.#frame = frame;
    this.element.replaceChildren(frame);
  }

  hear(channel, message) {
    if (channel === "events" && this.config.events) this.#tell("event", message);
    if (channel === "chat" && this.config.chat) this.#tell(isLine(message) ? "chat" : "removed", message);
  }

  sample() {
    const { words } = this.context;
    for (const message of samples.events(words, this.context.now())) this.hear("events", message);
    for (const message of samples.chat(words, this.context.now())) this.hear("chat", message);
  }

  stop() {
    removeEventListener("message", this.#asked);
    document.removeEventListener("visibilitychange", this.#seen);
  }

  /** The frame is there, or there again. Only it can be meant: no other window has its `contentWindow`. */
  #asked = ({ source, data }) => {
    if (!this.#frame || source !== this.#frame.contentWindow || data?.lumio !== 1 || data.type !== "ready") return;
    const { html, css, js } = this.config;
    const { language, timeZone, isPreview } = this.context;
    this.#isReady = true;
    this.#tell("code", { html, css, js });
    this.#tell("hello", { layer: this.id, language, timeZone, isPreview, visible: !document.hidden });
    for (const [type, told] of this.#kept.splice(0)) this.#tell(type, told);
  };

  #seen = () => this.#tell("visible", !document.hidden);

  /** A frame in a sandbox has no origin that could be named: "*" is this one window all the same. */
  #tell(type, data) {
    if (this.#isReady) this.#frame.contentWindow.postMessage({ lumio: 1, type, data }, "*");
    else if (type !== "visible") this.#kept = [...this.#kept, [type, data]].slice(-MOST_KEPT);
  }
}
