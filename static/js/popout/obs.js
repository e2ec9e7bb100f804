/** <obs-remote>: an OBS, live, and the buttons of whoever may control it. Nothing shows before OBS has done it. */
import { call, why } from "./api.js";
import { arrange, goDark, slotOf, write } from "./draw.js";
import { drawFigures, drawOutputs, drawScenes, drawSources, drawTimes } from "./obs-desk.js";
import { choose, gaveUp, isDone, isFresh, link, named, remembered, sorted } from "./obs-face.js";
import { drawMixer } from "./obs-mixer.js";
import { Note } from "./note.js";
import { Pictures } from "./obs-pictures.js";
import { holds } from "./hold.js";
import { listen } from "./socket.js";
import { fill } from "./words.js";

const TICK = 1000; // ms between two looks at what follows from time alone
const PATIENCE = 5000; // ms after OBS's yes in which what was asked for has to show
const TOLD_BY = 5000; // ms after connecting, by which the server has told of everything that is there
const LOCK = 2000; // ms in which an output that was started or stopped cannot be touched again

class ObsRemote extends HTMLElement {
  #known = new Map(); // by id: {data, stats, told, heard, best}; `told`: when its state came, `heard`: when anything did
  #removed = new Set(); // ids
  #began = -Infinity; // when performance.now() was 0 by the server's clock, in ms, or a little before
  #asked = new Map(); // by what was asked for: {order, isAnswered}
  #locked = new Set(); // outputs
  #isConnected = true;
  #wanted = "";
  #unlisten = null;
  #clock = 0;
  #note = new Note(this);
  #timers = new Set();

  connectedCallback() {
    const { account } = this.dataset;
    this.#wanted = this.dataset.wanted;
    this.words = JSON.parse(this.querySelector("#obs-words").textContent);
    this.pen = {
      words: this.words,
      language: document.documentElement.lang || "en",
      mayControl: "mayControl" in this.dataset,
      isBusy: (order) => this.#asked.has(this.#key(order)),
      isLocked: (output) => this.#locked.has(output),
      tell: (order) => this.#tell(order),
    };
    this.#preparePictures();
    if (this.pen.mayControl) this.#prepareControls();
    this.#take(JSON.parse(this.querySelector("#obs-messages").textContent));
    this.#draw(); // also that there is no OBS
    this.#clock = setInterval(() => this.#tick(), TICK);
    this.#unlisten = listen({
      channels: [{ name: `obs:${account}`, after: null }],
      byToken: "byToken" in this.dataset,
      on: {
        messages: (_, messages) => this.#take(messages),
        state: ({ connected }) => this.#becomes(connected),
        refused: () => goDark(this),
        closed: () => goDark(this),
      },
    });
  }

  disconnectedCallback() {
    clearInterval(this.#clock);
    this.#note.stop();
    for (const timer of this.#timers) clearTimeout(timer);
    this.pictures.stop();
    this.#unlisten();
  }

  // What is told

  #take(messages) {
    const now = performance.now();
    for (const { type, data } of messages) {
      if (type === "obs.removed") this.#remove(data.integration);
      if (type === "obs.state" && !this.#removed.has(data.integration)) this.#takeState(data, now);
      if (type === "obs.stats") this.#takeStats(data, now);
      const at = Date.parse(data.at ?? data.read_at);
      if (at) this.#began = Math.max(this.#began, at - now); // the less time it took, the nearer to the truth
    }
    if (messages.some(({ type }) => type !== "obs.stats")) this.#draw();
    else this.#tick();
  }

  /** For good: whoever holds the connection may tell of it once more before it ends. */
  #remove(id) {
    this.#removed.add(id);
    this.#known.delete(id);
  }

  #takeState(told, now) {
    const before = this.#known.get(told.integration);
    const data = remembered(before?.data, told);
    this.#known.set(data.integration, { best: 0, ...before, data, told: now, heard: now });
    if (!before || before.data !== this.now?.data) return;
    for (const output of ["stream", "record"]) {
      if (gaveUp(before.data[output], data[output])) this.#note.say(this.words[`gave_up_${output}`]);
    }
  }

  /** Numbers of an OBS that nothing else is known of are of no use. */
  #takeStats(stats, now) {
    const known = this.#known.get(stats.integration);
    if (known) Object.assign(known, { stats, heard: now, best: Math.max(known.best, stats.fps ?? 0) });
  }

  #becomes(connected) {
    this.#isConnected = connected;
    slotOf(this, "stale").hidden = connected;
    this.#tick();
    const since = performance.now();
    if (connected) this.#later(TOLD_BY, () => this.#isConnected && this.#forget(since));
  }

  /** The server tells of every OBS when it connects: what it does not tell of was removed before. */
  #forget(since) {
    for (const [id, { told }] of this.#known) if (told < since) this.#known.delete(id);
  }

  /** What is known of the OBS that is shown. */
  get now() {
    const states = new Map([...this.#known].map(([id, { data }]) => [id, data]));
    const chosen = choose(states, this.#wanted);
    if (chosen) this.#wanted ||= chosen.integration; // another one that comes up takes nothing away
    return chosen ? this.#known.get(chosen.integration) : null;
  }

  // What is shown

  #draw() {
    const now = this.now;
    const data = now?.data ?? null;
    this.#settle(data);
    const { heading, text } = link(data, this.words);
    this.dataset.link = data?.link ?? "none";
    this.#line("label", data ? named(data.label) : "");
    this.#line("heading", data ? heading : "");
    this.#line("trouble-heading", heading);
    this.#line("trouble-text", data?.is_changing ? this.words.changing : text);
    slotOf(this, "trouble").hidden = !text && !data?.is_changing;
    slotOf(this, "desk").hidden = !data?.scenes.length;
    this.#drawPicker();
    if (data?.scenes.length) {
      drawScenes(this, data, this.pen);
      drawSources(this, data, this.pen);
      drawMixer(this, data, this.pen);
      drawOutputs(this, data, this.pen);
    }
    this.#tick();
  }

  /** What follows from time alone, and from numbers. */
  #tick() {
    const now = this.now;
    if (!now) return;
    const moment = performance.now();
    const isFreshNow = this.#isConnected && isFresh(now.data, now.heard, moment);
    this.toggleAttribute("data-stale", !isFreshNow);
    slotOf(this, "desk").disabled = !isFreshNow;
    write(this, "facts", this.#facts(now, moment));
    if (isFreshNow) drawTimes(this, now.data, this.#began + moment);
    drawFigures(this, isFreshNow ? now.stats : null, now.best, this.pen.language);
  }

  #facts({ data, heard }, moment) {
    if (data.link !== "connected" && data.link !== "limited") return "";
    const seconds = Math.floor((moment - heard) / 1000);
    return [
      data.version && `OBS ${data.version}`,
      data.latency_ms !== null && fill(this.words.milliseconds, { n: data.latency_ms }),
      data.link === "connected" && (seconds < 3 ? this.words.just_now : fill(this.words.seconds_ago, { n: seconds })),
    ]
      .filter(Boolean)
      .join(" · ");
  }

  #drawPicker() {
    const picker = slotOf(this, "picker");
    const all = sorted(new Map([...this.#known].map(([id, { data }]) => [id, data])));
    const shown = this.now?.data.integration;
    picker.hidden = all.length < 2;
    arrange(picker, all, {
      key: ({ integration }) => integration,
      make: ({ integration }) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "obs__choice";
        button.addEventListener("click", () => this.#choose(integration));
        return button;
      },
      draw: (button, { integration, label, link: state, stream }) => {
        button.textContent = named(label);
        button.dataset.link = state;
        if (stream.state === "on") button.dataset.live = this.words.outputs["stream.on"];
        else delete button.dataset.live;
        button.ariaCurrent = String(integration === shown);
      },
    });
  }

  #line(name, text) {
    const slot = slotOf(this, name);
    if (slot.textContent !== text) slot.textContent = text; // else it would be read out again
  }

  #choose(integration) {
    this.#wanted = integration;
    const { label } = this.#known.get(integration).data;
    const address = new URL(location.href);
    address.searchParams.set("obs", label);
    history.replaceState(history.state, "", address);
    for (const picture of this.querySelectorAll("[data-slot=picture]")) picture.hidden = true;
    this.#draw();
  }

  // What is asked for

  #prepareControls() {
    this.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-press]");
      if (button?.order) this.#tell(button.order);
    });
    for (const button of this.querySelectorAll("[data-hold]")) {
      holds(button, { held: () => this.#tell(button.order), tapped: () => this.#question(button.order) });
    }
    const name = slotOf(this, "transition-name");
    const time = slotOf(this, "transition-time");
    name.addEventListener("change", () => this.#tell({ act: "transition.select", transition: name.value }));
    time.addEventListener("change", () => {
      if (time.reportValidity() && time.value) this.#tell({ act: "transition.duration", duration_ms: time.valueAsNumber });
    });
  }

  #question(order) {
    const dialog = slotOf(this, "question");
    const { title, yes } = this.words.questions[order.act];
    slotOf(dialog, "question-title").textContent = title;
    slotOf(dialog, "question-yes").textContent = yes;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => dialog.returnValue === "yes" && this.#tell(order), { once: true });
    dialog.showModal();
  }

  #key({ act, scene = "", item = "", input = "" }) {
    return JSON.stringify([this.now?.data.integration, act, scene, item, input]);
  }

  /** Have OBS do something. It shows as asked for until OBS tells that it is so, and no longer than PATIENCE. */
  async #tell(order) {
    const key = this.#key(order);
    const { integration } = this.now.data;
    const isFader = order.act === "input.volume"; // shows where it was put anyway
    if (this.#asked.has(key)) return;
    const entry = { order, integration, isAnswered: false };
    if (!isFader) this.#asked.set(key, entry);
    this.#draw();
    try {
      await call("POST", `/v1/obs/${integration}/acts`, order);
      entry.isAnswered = true;
      this.#lock(order);
      this.#later(PATIENCE, () => this.#asked.get(key) === entry && this.#asked.delete(key));
    } catch (error) {
      this.#asked.delete(key);
      this.#note.say(why(error));
    }
    this.#draw();
  }

  /** What shows is no longer asked for. */
  #settle(data) {
    for (const [key, { order, integration, isAnswered }] of this.#asked) {
      if (isAnswered && data?.integration === integration && isDone(order, data)) this.#asked.delete(key);
    }
  }

  #lock({ act }) {
    const [output, what] = act.split(".");
    if (what !== "start" && what !== "stop") return;
    this.#locked.add(output);
    this.#later(LOCK, () => this.#locked.delete(output));
  }

  #later(wait, run) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
      this.#draw();
    }, wait);
    this.#timers.add(timer);
  }

  // Pictures

  #preparePictures() {
    const toggle = this.querySelector("[data-pictures]");
    this.pictures = new Pictures({
      next: (turn) => this.#pictured(turn),
      ask: (scene) => call("GET", `/v1/obs/${this.now.data.integration}/screenshot?scene=${encodeURIComponent(scene)}`),
      show: (scene, address) => {
        const tile = [...slotOf(this, "scenes").children].find(({ dataset }) => dataset.key === scene);
        if (!tile) return;
        slotOf(tile, "picture").src = address;
        slotOf(tile, "picture").hidden = false;
      },
    });
    toggle.addEventListener("click", () => {
      const isOn = toggle.ariaPressed !== "true";
      toggle.ariaPressed = String(isOn);
      slotOf(this, "scenes").toggleAttribute("data-pictured", isOn);
      if (isOn) this.pictures.start();
      else this.pictures.stop();
    });
  }

  /** Every other one is what viewers see; between them all that are in view take turns. */
  #pictured(turn) {
    const now = this.now;
    if (!now || this.hasAttribute("data-stale")) return null;
    const { data } = now;
    const tiles = [...slotOf(this, "scenes").children].filter(isInView).map(({ dataset }) => dataset.key);
    if (turn % 2 && tiles.includes(data.program)) return data.program;
    return tiles[Math.floor(turn / 2) % tiles.length] ?? null;
  }
}

function isInView(item) {
  const { top, bottom } = item.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

customElements.define("obs-remote", ObsRemote);
