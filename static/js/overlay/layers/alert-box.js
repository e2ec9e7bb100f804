/** Alerts, one at a time. The server says which and when; this shows it, makes it heard, and says when it is over. */
import { nodes } from "../../lib/fragments.js";
import { MESSAGE_LENGTH, clean } from "../../popout/words.js";
import { Layer, make } from "./layer.js";
import { OUT, enter, isCalm, leave } from "./motion.js";
import { picture } from "./picture.js";
import * as samples from "./samples.js";
import { filled } from "./template.js";

const SECOND = 1000;
const LONGEST_LOAD = 2 * SECOND; // that an alert waits for its picture
const SAYS_MESSAGE = /\{\{\s*message\s*\}\}/;

export class AlertBoxLayer extends Layer {
  #playing = null; // `{timers, end}`
  #isSampled = false;

  draw() {
    if (this.#isSampled && !this.#playing) this.sample();
  }

  hear(channel, { type, data }) {
    if (channel !== "alerts" || type !== "alerts.queue" || !this.#playing) return;
    for (const medium of this.element.querySelectorAll("audio, video")) medium.muted = data.muted || medium.volume === 0;
  }

  /**
   * Play a `play` message by the variation with this id. Resolves when it is over: true if it was shown to its end, false
   * if it was halted or there is no such variation any more.
   */
  async play(play, variation) {
    this.halt();
    const setting = this.config.variations.find(({ id }) => id === variation);
    if (!setting) return false;
    return new Promise((resolve) => {
      const playing = { timers: [], end: (isWhole) => this.#end(playing, resolve, isWhole) };
      this.#playing = playing;
      this.#begin(playing, play, setting).catch((error) => {
        console.error(error); // and not in the way of the alerts after it
        playing.end(false);
      });
    });
  }

  /** End at once what plays, without a sound. */
  halt() {
    this.#playing?.end(false);
  }

  /** The first variation as it stands, silent and for as long as nothing is played. */
  sample() {
    this.#isSampled = true;
    const [first] = this.config.variations;
    if (this.#playing) return;
    const drawn = first && this.#draw(samples.alert(this.context.words, first.kinds), { ...first, volume: 0 });
    this.element.replaceChildren(...(drawn ? [drawn] : []));
  }

  stop() {
    this.#isSampled = false;
    this.halt();
  }

  async #begin(playing, play, setting) {
    const alert = this.#draw(play, setting);
    await loaded(alert.querySelector("img.alert__picture"));
    if (this.#playing !== playing) return;
    const calm = this.config.calm || isCalm();
    this.element.replaceChildren(alert);
    const sound = this.#sound(play, setting);
    if (sound) this.element.append(sound);
    enter(alert, setting.motion_in, { calm });
    const length = setting.seconds * SECOND;
    const leaving = setting.motion_out === "none" ? 0 : OUT;
    playing.timers = [
      setTimeout(() => leave(alert, setting.motion_out, { calm }), length - leaving),
      setTimeout(() => playing.end(true), length),
    ];
  }

  #end(playing, resolve, isWhole) {
    if (this.#playing !== playing) return;
    this.#playing = null;
    for (const timer of playing.timers) clearTimeout(timer);
    for (const medium of this.element.querySelectorAll("audio, video")) silence(medium);
    this.element.replaceChildren();
    if (this.#isSampled) this.sample();
    resolve(isWhole);
  }

  #draw({ event, variables }, setting) {
    const upload = this.context.upload(setting.picture);
    // A video is heard where the alert has no sound of its own.
    const volume = setting.sound ? 0 : setting.volume / 100;
    const shown = picture(upload, "alert__picture", { volume, muted: this.context.muted() });
    const words = make("div", "alert__words", make("div", "alert__text", ...filled(setting.template, variables)));
    if (setting.show_message && event.message && !SAYS_MESSAGE.test(setting.template)) {
      words.append(make("div", "alert__message", ...message(event)));
    }
    const alert = make("div", `alert alert--${setting.picture_place}`, ...(shown ? [shown] : []), words);
    alert.dataset.kind = event.type;
    alert.dataset.platform = event.platform;
    alert.style.setProperty("--accent", setting.accent);
    return alert;
  }

  /** The element that makes it heard; it goes with the alert. None where it has no sound. */
  #sound(play, { sound: chosen, volume }) {
    const url = this.context.words.sounds[chosen] ?? this.context.upload(chosen)?.url;
    if (!url) return null;
    const sound = document.createElement("audio");
    sound.src = url;
    sound.volume = volume / 100;
    sound.muted = play.muted || this.context.muted() || volume === 0;
    // Browsers outside of OBS refuse sounds to whoever has not clicked yet: the alert is shown in silence.
    sound.play().catch(() => sound.remove());
    return sound;
  }
}

/** A viewer's words, emotes and all, as one unit that its letters cannot reach out of. */
function message({ fragments, message: text }) {
  const drawn = nodes(fragments, text, { clean: (piece) => clean(piece, MESSAGE_LENGTH) });
  return [make("bdi", "alert__said", ...drawn)];
}

/** When the picture is there, or will not come, or has taken too long. */
async function loaded(image) {
  if (!image) return;
  let timer = 0;
  const tooLong = new Promise((resolve) => (timer = setTimeout(resolve, LONGEST_LOAD)));
  await Promise.race([image.decode().catch(() => image.remove()), tooLong]);
  clearTimeout(timer);
}

/** Stop it and let go of what was loaded of it. */
function silence(medium) {
  medium.pause();
  medium.removeAttribute("src");
  medium.load();
}
