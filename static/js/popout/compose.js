/** The send box: where a message goes, as whom, how long it may be, what it answers. */
import { why } from "./api.js";
import { Seen } from "./complete.js";
import { Deliveries } from "./delivery.js";
import { platform, slotOf, write } from "./draw.js";
import { nameOf } from "./draw-line.js";
import { History } from "./history.js";
import { limitOf } from "./limits.js";
import { Suggestions } from "./suggest.js";
import { Waits } from "./waits.js";
import { MESSAGE_LENGTH, NAME_LENGTH, clean, fill } from "./words.js";

export class Compose {
  names = new Seen();
  emotes = new Seen();
  #form;
  #words;
  #channels = []; // where one may write
  #targets; // platforms that were chosen, null for all of them
  #keep;
  #reply = null;
  #history = new History();
  #waits;

  /** `targets` are the platforms chosen last time; `keep(targets)` remembers them. */
  constructor(form, { words, list, targets, keep, toasts }) {
    this.#form = form;
    this.#words = words;
    this.#targets = targets;
    this.#keep = keep;
    this.toasts = toasts;
    this.box = form.elements.text;
    this.#waits = new Waits(() => this.#measure());
    this.deliveries = new Deliveries(form.querySelector("[data-deliveries]"), words, {
      isThere: (slug, id) => list.has(slug, id),
      mustWait: (slug, seconds) => this.#waits.begin(slug, seconds),
    });
    this.suggestions = new Suggestions(this.box, form.querySelector("[role=listbox]"), this);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    form.querySelector("[data-targets]").addEventListener("click", (event) => this.#toggle(event));
    form.querySelector("[data-cancel-reply]").addEventListener("click", () => this.replyTo(null));
    this.box.addEventListener("input", () => this.#measure());
    this.box.addEventListener("keydown", (event) => this.#key(event));
  }

  /** What the desk allows now. */
  allow(channels) {
    this.#channels = channels.filter(({ acts }) => acts.send.possible);
    const [first] = channels;
    this.#form.hidden = !channels.length;
    this.#form.querySelector("[data-writes]").hidden = !this.#channels.length;
    write(this.#form, "why", this.#channels.length ? "" : (first?.acts.send.why ?? ""));
    this.#draw();
  }

  /** Learn who is there and what they write with. */
  learn(messages) {
    for (const { data } of messages) {
      const name = clean(data.actor.name || data.actor.login, NAME_LENGTH);
      if (name && !data.actor.anonymous) this.names.add(name);
      for (const { type, text, url } of data.fragments ?? []) {
        if (type === "emote" && url && !text.startsWith("[")) this.emotes.add(clean(text, NAME_LENGTH), url);
      }
    }
    this.deliveries.look();
  }

  /** Answer a line; null to answer none. */
  replyTo(line) {
    this.#reply = line;
    const quote = line ? `${nameOf(line.message)}: ${clean(line.message.data.message, MESSAGE_LENGTH)}` : "";
    write(this.#form, "reply", quote);
    this.#form.querySelector("[data-reply]").hidden = !line;
    this.#draw();
    this.box.focus();
  }

  get #chosen() {
    if (this.#reply) return this.#channels.filter((one) => one.platform === this.#reply.where.platform);
    return this.#channels.filter((one) => !this.#targets || this.#targets.includes(one.platform));
  }

  #draw() {
    const chosen = this.#chosen;
    const chips = this.#channels.map((channel) => this.#chip(channel, chosen.includes(channel)));
    this.#form.querySelector("[data-targets]").replaceChildren(...chips);
    this.#drawVoices(chosen);
    const everywhere = chosen.length > 1 && chosen.length === this.#channels.length;
    const names = chosen.map(({ name }) => name).join(", ");
    this.box.placeholder = everywhere ? this.#words.message_all : fill(this.#words.message_to, { names });
    this.#measure();
  }

  #chip(channel, isChosen) {
    const chip = document.createElement("button");
    Object.assign(chip, { type: "button", className: "target", title: channel.name });
    chip.dataset.platform = channel.platform;
    chip.setAttribute("aria-pressed", String(isChosen));
    chip.setAttribute("aria-label", channel.name);
    chip.disabled = Boolean(this.#reply) || this.#channels.length === 1;
    chip.append(...platform(channel.platform).icon);
    return chip;
  }

  /** One choice for each kind of speaker, by the names it has on the chosen platforms. */
  #drawVoices(chosen) {
    const select = this.#form.elements.voice;
    const before = select.value;
    const named = (voices) => [...new Set(voices.map(({ name }) => name))].join(" / ");
    const usual = named(chosen.flatMap(({ voices }) => voices.filter(({ is_default }) => is_default)));
    const kinds = ["custom", "global", "channel"].map((kind) => [
      kind,
      named(chosen.flatMap(({ voices }) => voices.filter(({ voice }) => voice === kind))),
    ]);
    const others = kinds.filter(([, names]) => names && names !== usual);
    select.replaceChildren(...[["", usual], ...others].map(([kind, names]) => this.#voice(kind, names)));
    select.value = others.some(([kind]) => kind === before) ? before : "";
    select.disabled = !others.length;
    select.hidden = !usual;
  }

  #voice(kind, names) {
    const option = document.createElement("option");
    option.value = kind;
    option.textContent = fill(this.#words.speaks_as, { name: names });
    return option;
  }

  #toggle(event) {
    const slug = event.target.closest("[data-platform]")?.dataset.platform;
    if (!slug) return;
    const now = this.#chosen.map((channel) => channel.platform);
    const next = now.includes(slug) ? now.filter((one) => one !== slug) : [...now, slug];
    this.#targets = next.length === this.#channels.length ? null : next;
    this.#keep(this.#targets);
    this.#draw();
    this.#form.querySelector(`[data-targets] [data-platform="${CSS.escape(slug)}"]`).focus();
  }

  #measure() {
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight + 2}px`;
    const limit = limitOf(this.box.value, this.#chosen);
    const over = limit?.over ?? 0;
    const key = over ? "too_long" : "used";
    const { name = "", longest = 0 } = limit?.channel ?? {};
    const values = { platform: name, longest, n: over || limit?.length };
    write(this.#form, "limit", limit ? fill(this.#words[key], values) : this.#chosen.length ? "" : this.#words.nowhere);
    const wait = this.#waits.longest(this.#chosen);
    write(this.#form, "wait", wait ? fill(this.#words.must_wait, { platform: wait.channel.name, n: wait.seconds }) : "");
    this.#form.classList.toggle("compose--over", over > 0);
    this.#form.querySelector("[type=submit]").disabled = over > 0 || wait !== null || !this.#chosen.length;
  }

  #key(event) {
    if (event.isComposing) return; // the key belongs to whatever puts the letters together
    const isOneLine = !this.box.value.includes("\n");
    if (this.suggestions.key(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (!this.#form.querySelector("[type=submit]").disabled) this.#send();
    } else if (event.key === "Escape") {
      if (this.#reply) this.replyTo(null);
      else this.box.blur();
    } else if (event.key === "ArrowUp" && (isOneLine || this.box.selectionEnd === 0)) this.#recall(event, 1);
    else if (event.key === "ArrowDown" && isOneLine) this.#recall(event, -1);
  }

  #recall(event, by) {
    const text = this.#history.step(by, this.box.value);
    if (text === null) return;
    event.preventDefault();
    this.#write(text);
  }

  #write(text) {
    this.box.value = text;
    this.box.setSelectionRange(text.length, text.length);
    this.#measure();
  }

  async #send() {
    const text = this.box.value.trim();
    const platforms = this.#chosen.map((channel) => channel.platform);
    if (!text || !platforms.length) return;
    const reply = this.#reply;
    const voice = this.#form.elements.voice.value;
    const body = { text, platforms, ...(reply && { reply_to: reply.message.seq }), ...(voice && { voice }) };
    this.#history.add(text);
    this.#write("");
    if (reply) this.replyTo(null);
    try {
      await this.deliveries.send(body);
    } catch (error) {
      this.toasts.problem(why(error));
      if (error.retryAfter) for (const slug of platforms) this.#waits.begin(slug, error.retryAfter);
      if (reply) this.replyTo(reply);
      this.#write([text, this.box.value.trim()].filter(Boolean).join("\n")); // what was written meanwhile follows
    }
  }
}
