/** <music-player>: what plays, live, and the buttons of whoever may control it. */
import { call, why } from "./api.js";
import { timeOf } from "./channels.js";
import { clock, counted, expected, face, isQuiet, progress } from "./music-face.js";
import { Note } from "./note.js";
import { goDark, slotOf, write } from "./draw.js";
import { listen } from "./socket.js";

const TICK = 1000; // ms between two looks at the progress
const ASKED_LONG = 10_000; // ms after which it is said that nobody finds out what plays
const SETTLE = 250; // ms without a move of the volume before it is sent …
const OWN_VOLUME = 2500; // … and in which the slider stays where it was put
const FADE_AFTER = 20_000; // ms without music before a page that only shows goes dark

class MusicPlayer extends HTMLElement {
  #unlisten = null;
  #clock = 0;
  #note = new Note(this);
  #fadeTimer = 0;
  #askedTimer = 0;
  #volumeTimer = 0;
  #ownTimer = 0;
  #hasOwnVolume = false;

  connectedCallback() {
    const { account } = this.dataset;
    this.mayControl = "mayControl" in this.dataset;
    this.words = JSON.parse(this.querySelector("#music-words").textContent);
    for (const name of ["cover", "glow"]) {
      slotOf(this, name).addEventListener("error", ({ target }) => (target.hidden = true));
    }
    if (this.mayControl) this.#prepareControls();
    this.sizes = new ResizeObserver(() => this.#slide());
    this.sizes.observe(this);
    this.#take(JSON.parse(this.querySelector('script[type="application/json"]').textContent));
    this.#unlisten = listen({
      channels: [{ name: `music:${account}`, after: null }],
      byToken: "byToken" in this.dataset,
      on: {
        messages: (_, messages) => this.#take(messages.at(-1).data),
        state: ({ connected }) => (slotOf(this, "stale").hidden = connected),
        refused: () => goDark(this),
        closed: () => goDark(this),
      },
    });
  }

  disconnectedCallback() {
    this.sizes.disconnect();
    clearInterval(this.#clock);
    this.#note.stop();
    const timers = [this.#fadeTimer, this.#askedTimer, this.#volumeTimer, this.#ownTimer];
    for (const timer of timers) clearTimeout(timer);
    this.#unlisten();
  }

  /** A new state. */
  #take(data) {
    const now = performance.now();
    this.now = { data, received: counted(this.now, data, now) };
    clearTimeout(this.#askedTimer);
    if (data.trouble) this.#askedTimer = setTimeout(() => this.#draw({ waited: true }), ASKED_LONG);
    this.#draw();
    this.#fade();
  }

  #draw({ waited = false } = {}) {
    const { data } = this.now;
    const time = (moment) => timeOf(new Date(moment));
    const { title, subtitle, isTrack } = face(data, this.words, { mayControl: this.mayControl, waited, time });
    this.dataset.state = data.state;
    this.toggleAttribute("data-track", isTrack);
    this.#line("title", title);
    this.#line("subtitle", subtitle);
    slotOf(this, "explicit").hidden = !isTrack || !data.item.explicit;
    this.#picture(isTrack ? data.item.image : "");
    const link = slotOf(this, "link");
    if (isTrack && data.item.link) link.href = data.item.link;
    else link.removeAttribute("href");
    write(this, "length", isTrack ? clock(data.item.duration_ms) : "");
    clearInterval(this.#clock);
    if (data.state === "playing") this.#clock = setInterval(() => this.#tick(), TICK);
    this.#tick();
    this.#slide();
    if (this.mayControl) this.#drawControls(data);
  }

  #line(name, text) {
    const line = slotOf(this, name).firstElementChild;
    if (line.textContent !== text) line.textContent = text; // else it would be read out again
  }

  #picture(address) {
    for (const name of ["cover", "glow"]) {
      const image = slotOf(this, name);
      if (image.getAttribute("src") === address) continue;
      image.hidden = !address;
      if (address) image.src = address;
      else image.removeAttribute("src");
    }
  }

  #tick() {
    const { data, received } = this.now;
    const at = progress(data, received, performance.now());
    const length = data.item?.duration_ms;
    write(this, "progress", at === null || !length ? "" : clock(at));
    slotOf(this, "bar").style.transform = `scaleX(${at === null || !length ? 0 : at / length})`;
  }

  /** What is too long for its line moves, if the reader has not asked for less motion. */
  #slide() {
    for (const name of ["title", "subtitle"]) {
      const slot = slotOf(this, name);
      const over = slot.firstElementChild.offsetWidth - slot.clientWidth;
      slot.classList.toggle("music__line--long", over > 1);
      slot.style.setProperty("--over", `${-over}px`);
      slot.style.setProperty("--slide", `${Math.max(6, over / 20)}s`);
    }
  }

  /** On air, music that does not play is nothing to see. Whoever controls it has to see the buttons. */
  #fade() {
    clearTimeout(this.#fadeTimer);
    this.classList.remove("music--faded");
    if (this.mayControl || !isQuiet(this.now.data) || !this.classList.contains("music--fills")) return;
    this.#fadeTimer = setTimeout(() => this.classList.add("music--faded"), FADE_AFTER);
  }

  // Controls

  #prepareControls() {
    this.main = this.querySelector(".music__button--main");
    this.volume = slotOf(this, "volume");
    this.opener = this.querySelector("[data-devices]");
    for (const button of this.querySelectorAll("[data-command]")) {
      button.addEventListener("click", () => this.#tell(button));
    }
    this.volume.addEventListener("input", () => this.#moveVolume());
    this.opener.addEventListener("click", () => this.#openDevices());
    this.querySelector("[data-close]").addEventListener("click", () => this.#closeDevices());
    slotOf(this, "devices").addEventListener("keydown", ({ key }) => key === "Escape" && this.#closeDevices());
  }

  #drawControls(data) {
    const isPlaying = data.state === "playing";
    this.main.dataset.command = isPlaying ? "pause" : "play";
    const label = isPlaying ? this.words.pause : this.words.play;
    this.main.setAttribute("aria-label", label);
    this.main.title = label;
    for (const button of this.querySelectorAll("[data-command]")) button.disabled = !data.can[button.dataset.command];
    this.volume.disabled = !data.can.volume;
    if (!this.#hasOwnVolume) this.volume.value = data.device?.volume ?? 0;
    this.volume.style.setProperty("--filled", `${this.volume.value}%`);
    this.opener.disabled = Boolean(data.trouble);
    // In trouble nothing can be done here; while it is being asked what plays, the page is not to jump.
    const inTrouble = data.trouble && data.trouble.code !== "music_not_known";
    slotOf(this, "controls").hidden = data.needs_premium || inTrouble;
    slotOf(this, "premium").hidden = !data.needs_premium;
    if (slotOf(this, "controls").hidden) slotOf(this, "devices").hidden = true;
  }

  async #tell(button) {
    const { command } = button.dataset;
    if (await this.#call("POST", `/v1/music/${command}`, undefined, button)) {
      const { data, received } = this.now;
      const at = progress(data, received, performance.now());
      this.#take({ ...expected(data, command), progress_ms: at });
    }
  }

  #moveVolume() {
    this.#hasOwnVolume = true;
    clearTimeout(this.#ownTimer);
    this.#ownTimer = setTimeout(() => this.#showVolume(), OWN_VOLUME);
    this.volume.style.setProperty("--filled", `${this.volume.value}%`);
    clearTimeout(this.#volumeTimer);
    this.#volumeTimer = setTimeout(() => this.#call("PUT", "/v1/music/volume", { percent: this.volume.valueAsNumber }), SETTLE);
  }

  #showVolume() {
    this.#hasOwnVolume = false;
    this.#draw();
  }

  async #openDevices() {
    const menu = slotOf(this, "devices");
    if (!menu.hidden) {
      this.#closeDevices();
      return;
    }
    const devices = await this.#call("GET", "/v1/music/devices", undefined, this.opener);
    if (!devices) return;
    slotOf(this, "device-list").replaceChildren(...devices.map((device) => this.#device(device)));
    slotOf(this, "no-devices").hidden = devices.length > 0;
    menu.hidden = false;
    this.opener.ariaExpanded = "true";
    (menu.querySelector("ul button") ?? menu.querySelector("[data-close]")).focus();
  }

  #device({ id, name, is_active: isActive, is_restricted: isRestricted }) {
    const item = this.querySelector("template[data-device]").content.firstElementChild.cloneNode(true);
    slotOf(item, "name").textContent = name;
    slotOf(item, "here").hidden = !isActive;
    const button = item.querySelector("button");
    button.disabled = isRestricted;
    button.addEventListener("click", async () => {
      if (await this.#call("PUT", "/v1/music/device", { id }, button)) this.#closeDevices();
    });
    return item;
  }

  #closeDevices() {
    slotOf(this, "devices").hidden = true;
    this.opener.ariaExpanded = "false";
    this.opener.focus();
  }

  /** What the server answers, true for nothing; null after it was said why not. `button` waits meanwhile. */
  async #call(method, path, body, button = null) {
    if (button?.ariaBusy === "true") return null;
    if (button) button.ariaBusy = "true";
    try {
      return (await call(method, path, body)) ?? true;
    } catch (error) {
      if (error.code === "premium_needed") this.#take({ ...this.now.data, needs_premium: true });
      else this.#note.say(why(error));
      return null;
    } finally {
      if (button) button.ariaBusy = null;
    }
  }
}

customElements.define("music-player", MusicPlayer);
