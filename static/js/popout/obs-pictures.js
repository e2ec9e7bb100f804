/** What the scenes look like, one picture at a time: OBS draws each of them on the streamer's computer. */
import { Refused } from "./api.js";

const PAUSE = 1000; // ms between two pictures
const AFTER_REFUSAL = 5000; // ms
const IMAGE = /^data:image\/(jpeg|jpg|png|webp);base64,/;

export class Pictures {
  #next;
  #ask;
  #show;
  #timer = 0;
  #turn = 0;

  /** `next(turn)` names a scene, or null for none now; `ask(scene)` fetches its picture, which `show(scene, url)` shows. */
  constructor({ next, ask, show }) {
    this.#next = next;
    this.#ask = ask;
    this.#show = show;
  }

  start() {
    this.stop();
    this.#timer = setTimeout(() => this.#run(), 0);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  async #run() {
    const timer = this.#timer;
    const scene = document.visibilityState === "visible" ? this.#next(this.#turn++) : null;
    const pause = scene === null ? PAUSE : await this.#fetch(scene);
    if (timer === this.#timer) this.#timer = setTimeout(() => this.#run(), pause);
  }

  /** How long to wait after it. */
  async #fetch(scene) {
    try {
      const { image } = await this.#ask(scene);
      if (this.#timer && IMAGE.test(image)) this.#show(scene, image);
      return PAUSE;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return error.retryAfter ? error.retryAfter * 1000 : AFTER_REFUSAL;
    }
  }
}
