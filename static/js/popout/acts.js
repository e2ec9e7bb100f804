/** The small toolbar of a line, also on the user card: what can be done, with the choices that go with it. */
import { slotOf } from "./draw.js";
import { digitOf } from "./keys.js";
import { amount, fill } from "./words.js";

const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

export class Acts {
  #words;
  #language;
  #presets;
  #do;
  #subject = null;
  #channel = null;
  #pressed = null;

  /**
   * `root` is a clone of the template, `presets` are seconds. `run(act, subject, details)` does something;
   * `settled()` is called when a choice is made or given up.
   */
  constructor(root, { words, language, presets, run, closed = () => {} }) {
    Object.assign(this, { root, closed });
    this.#words = words;
    this.#language = language;
    this.#presets = presets;
    this.#do = run;
    root.addEventListener("pointerdown", () => { this.#pressed = this.#subject; });
    root.addEventListener("click", (event) => this.#click(event));
    root.addEventListener("submit", (event) => this.#submit(event));
    root.addEventListener("keydown", (event) => this.#key(event));
  }

  get subject() {
    return this.#subject;
  }

  /** The panel that is open besides the buttons, or "". */
  get panel() {
    return [...this.root.querySelectorAll("[data-panel]")].find(({ hidden }) => !hidden)?.dataset.panel ?? "";
  }

  /** Be about `subject` from now on, on `channel` of the desk. Returns whether anything can be done. */
  show(subject, channel) {
    this.#subject = subject;
    this.#channel = channel;
    this.close();
    const buttons = [...this.root.querySelectorAll("[data-act]")];
    for (const button of buttons) button.hidden = !this.can(button.dataset.act);
    slotOf(this.root, "times").replaceChildren(...this.#times().map((seconds, place) => this.#time(seconds, place)));
    slotOf(this.root, "ban_whom").textContent = fill(this.#words.ban_whom, subject);
    slotOf(this.root, "timeout_whom").textContent = fill(this.#words.timeout_whom, subject);
    this.root.setAttribute("aria-label", fill(this.#words.act_on, subject));
    return buttons.some(({ hidden }) => !hidden);
  }

  can(act) {
    const { line, id, isSelf, isTest } = this.#subject ?? {};
    if (isTest || !this.#subject) return false;
    if (act === "card") return Boolean(id) && Boolean(line);
    if (!this.#channel?.acts[act]?.possible) return false;
    if (act === "delete") return Boolean(line?.where.id) && (!line.removal || line.removal.act === "restored");
    if (act === "reply") return Boolean(line);
    if (!id || isSelf) return false;
    // On a line, lifting takes the place of what it would lift.
    const done = line?.removal?.act;
    if (act === "unban") return !line || done === "timeout" || done === "ban";
    return done !== "ban";
  }

  /** Open a panel ("timeout", "ban") for the choice that an act needs, or do it at once. */
  start(act, subject = this.#subject) {
    if (!this.can(act)) return;
    if (act !== "timeout" && act !== "ban") {
      this.#do(act, subject, {});
      return;
    }
    this.#open(act);
  }

  close() {
    if (!this.panel) return;
    for (const panel of this.root.querySelectorAll("[data-panel]")) panel.hidden = true;
    slotOf(this.root, "main").hidden = false;
    for (const form of this.root.querySelectorAll("form")) form.reset();
    this.closed();
  }

  #open(name) {
    for (const panel of this.root.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== name;
    slotOf(this.root, "main").hidden = true;
    const panel = this.root.querySelector(`[data-panel="${name}"]`);
    panel.querySelector("[data-seconds], [data-first]").focus({ preventScroll: true });
  }

  #times() {
    const { shortest = 1, longest = Infinity, step = 1 } = this.#channel?.timeouts ?? {};
    return this.#presets.filter((seconds) => seconds >= shortest && seconds <= longest && seconds % step === 0);
  }

  #time(seconds, place) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "acts__button acts__time", textContent: this.#short(seconds) });
    button.dataset.seconds = seconds;
    button.title = `${amount(seconds, "seconds", this.#words, this.#language)} (${place + 1})`;
    return button;
  }

  /** "10m" */
  #short(seconds) {
    const [unit, size] = UNITS.find(([, length]) => seconds % length === 0);
    const style = { style: "unit", unit, unitDisplay: "narrow" };
    return new Intl.NumberFormat(this.#language, style).format(seconds / size);
  }

  #click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const subject = this.#pressed ?? this.#subject; // the line that was pressed, wherever it has gone
    this.#pressed = null;
    const { act, seconds, cancel } = button.dataset;
    if (act) this.start(act, subject);
    if (seconds) this.#choose("timeout", subject, { seconds: Number(seconds) });
    if (cancel !== undefined) this.close();
  }

  #submit(event) {
    event.preventDefault();
    const { panel } = event.target.closest("[data-panel]").dataset;
    const given = new FormData(event.target);
    if (panel === "ban") this.#choose("ban", this.#subject, { reason: given.get("reason").trim() });
    else this.#custom(event.target, Number(given.get("count")) * Number(given.get("unit")));
  }

  #custom(form, seconds) {
    const { shortest, longest, step } = this.#channel.timeouts;
    const told = (number) => amount(number, "seconds", this.#words, this.#language);
    const fits = seconds >= shortest && seconds <= longest && seconds % step === 0;
    form.elements.count.setCustomValidity(
      fits ? "" : fill(this.#words.bad_time, { shortest: told(shortest), longest: told(longest) }),
    );
    if (form.reportValidity()) this.#choose("timeout", this.#subject, { seconds });
    form.elements.count.setCustomValidity("");
  }

  #choose(act, subject, details) {
    this.close();
    this.#do(act, subject, details);
  }

  #key(event) {
    const times = [...this.root.querySelectorAll("[data-seconds]")];
    const digit = this.panel === "timeout" && !event.target.matches("input, select") ? digitOf(event) : 0;
    if (digit && times[digit - 1]) {
      event.preventDefault();
      times[digit - 1].click();
    } else if (event.key === "Escape" && this.panel) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      if (event.target.matches("button")) this.#step(event, event.key === "ArrowRight" ? 1 : -1);
    }
  }

  #step(event, by) {
    const buttons = [...this.root.querySelectorAll("button")].filter((button) => button.offsetParent);
    const next = buttons[buttons.indexOf(event.target) + by];
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
  }
}
