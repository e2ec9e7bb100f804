/** What plays on Spotify: title, artists, cover, how far it is. Nothing else that Spotify tells is for viewers. */
import { webAddress } from "../../lib/fragments.js";
import { counted, progress } from "../../popout/music-face.js";
import { MESSAGE_LENGTH, clean } from "../../popout/words.js";
import { Layer, make } from "./layer.js";
import { run } from "./motion.js";
import * as samples from "./samples.js";

/** Items that are no music. */
const UNSEEN = new Set(["ad", "unknown"]);

export class NowPlayingLayer extends Layer {
  #now = null; // `{data, received}`: what was told last, and when it counts from (performance.now())
  #pausedSince = 0;
  #timeout = 0;
  #picture = make("img", "music__picture");
  #cover = make("div", "music__cover", this.#picture);
  #title = make("bdi", "music__run");
  #subtitle = make("bdi", "music__run");
  #fill = make("span", "music__fill");
  #bar = make("div", "music__bar", this.#fill);
  #sizes = new ResizeObserver(() => this.#move());

  constructor(element, context) {
    super(element, context);
    Object.assign(this.#picture, { alt: "", hidden: true, referrerPolicy: "no-referrer" });
    this.#picture.addEventListener("error", () => (this.#picture.hidden = true));
    this.lines = [make("div", "music__title", this.#title), make("div", "music__subtitle", this.#subtitle)];
    const text = make("div", "music__text", ...this.lines, this.#bar);
    this.music = make("div", "music music--gone", this.#cover, text);
    element.replaceChildren(this.music);
    this.#sizes.observe(this.music);
  }

  draw() {
    clearTimeout(this.#timeout);
    const isShown = this.#isShown();
    this.music.classList.toggle("music--gone", !isShown);
    if (!isShown) return; // what it said stays on it while it fades
    const { item, state } = this.#now.data;
    this.music.classList.toggle("music--paused", state === "paused");
    this.#cover.hidden = !this.config.show_cover;
    this.#show(this.config.show_cover ? webAddress(item.image) : null);
    this.#write(this.#title, item.title);
    this.#write(this.#subtitle, item.subtitle);
    this.#bar.hidden = !this.config.show_progress || !item.duration_ms;
    this.#progress();
    this.#move();
  }

  hear(channel, { type, data }) {
    if (channel !== "music" || type !== "music.player") return;
    const now = performance.now();
    if (data.state !== "paused") this.#pausedSince = 0;
    else this.#pausedSince ||= now;
    this.#now = { data, received: counted(this.#now, data, now) };
    this.draw();
  }

  sample() {
    this.hear("music", samples.MUSIC);
  }

  stop() {
    clearTimeout(this.#timeout);
    this.#sizes.disconnect();
  }

  /** Whether there is music to tell of. After a pause it is told of for a while yet. */
  #isShown() {
    const { state, item } = this.#now?.data ?? {};
    if (!item || UNSEEN.has(item.kind)) return false;
    if (state !== "paused") return state === "playing";
    const left = Math.ceil(this.config.hide_paused * 1000 - (performance.now() - this.#pausedSince));
    if (left > 0) this.#timeout = setTimeout(() => this.draw(), left);
    return left > 0;
  }

  #show(address) {
    if (this.#picture.getAttribute("src") === address) return;
    this.#picture.hidden = !address;
    if (address) this.#picture.src = address;
    else this.#picture.removeAttribute("src");
  }

  #write(line, text) {
    const cleaned = clean(text, MESSAGE_LENGTH);
    if (line.textContent !== cleaned) line.textContent = cleaned;
  }

  /** One animation as long as the rest of the item: nothing is drawn by us until there is news. */
  #progress() {
    for (const animation of this.#fill.getAnimations()) animation.cancel();
    const { data, received } = this.#now;
    const length = data.item.duration_ms;
    const at = progress(data, received, performance.now());
    const share = at === null || !length ? 0 : at / length;
    this.#fill.style.transform = `scaleX(${share})`;
    if (data.state !== "playing" || !length || this.#bar.hidden) return;
    const frames = [{ transform: `scaleX(${share})` }, { transform: "scaleX(1)" }];
    this.#fill.animate(frames, { duration: Math.max(1, length - at), fill: "forwards" });
  }

  #move() {
    for (const box of this.lines) {
      run(box, box.firstElementChild, { calm: !this.config.scroll });
    }
  }
}
