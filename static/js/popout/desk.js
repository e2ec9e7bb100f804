/** <chat-desk>: the chat to work in. Joins the lines with moderation, the send box, the card, search and keys. */
import { Acts } from "./acts.js";
import { call, orElse } from "./api.js";
import { Card } from "./card.js";
import "./chat.js";
import { Compose } from "./compose.js";
import { slotOf, write } from "./draw.js";
import { chatWords, nameOf } from "./draw-line.js";
import { Herald } from "./herald.js";
import { commandOf } from "./keys.js";
import { isFound, watch } from "./lines.js";
import "./menus.js";
import { Moderation } from "./moderate.js";
import { options } from "./options.js";
import { Preferences } from "./preferences.js";
import { listen } from "./socket.js";
import { Toasts } from "./toasts.js";
import { MESSAGE_LENGTH, amount, clean, fill } from "./words.js";

const LONG_PRESS = 450; // ms
const STILL = 10; // px that a finger may move meanwhile
const AIMING = 1_200; // ms that the lines stand still after the pointer moved over them

class ChatDesk extends HTMLElement {
  #unlisten = null;
  #leaving = new AbortController(); // takes the listeners of the document away
  #press = 0;
  #aim = 0;
  #at = ""; // where the pointer was when it last moved
  #byKeys = false; // rather than by pointer or finger
  #isReady = false;

  connectedCallback() {
    this.words = chatWords();
    this.language = document.documentElement.lang || "en";
    this.list = this.querySelector("chat-list");
    customElements.upgrade(this.list); // in a page that was fetched, the outer comes first
    this.desk = JSON.parse(this.querySelector("#chat-desk").textContent);
    this.herald = new Herald(this.querySelector("[data-herald]"), (first, count) => this.#sentence(first, count));
    this.preferences = new Preferences(this.querySelector("[data-settings]"), () => this.#prefer());
    this.search = this.querySelector("[data-search]");
    this.list.addEventListener("chat-lines", ({ detail }) => this.#came(detail));
    this.#searches();
    if (options.controls) this.#equip();
    this.#prefer();
    this.#came(this.list.all);
    this.herald.stop(); // what was there before needs no telling
  }

  disconnectedCallback() {
    this.#leaving.abort();
    this.#unlisten?.();
    this.herald.stop();
    clearTimeout(this.#press);
    clearTimeout(this.#aim);
  }

  /** Everything that lets somebody do something. */
  #equip() {
    const { words, language, desk } = this;
    const toasts = new Toasts(this.querySelector("[data-toasts]"), words);
    this.moderation = new Moderation({ toasts, words, language });
    const shared = { words, language, presets: desk.presets, toasts };
    const template = this.querySelector("template[data-acts]").content.firstElementChild;
    const run = (act, subject, details) => this.#run(act, subject, details);
    this.acts = new Acts(template.cloneNode(true), { ...shared, run, closed: () => this.#settle() });
    const dialog = this.querySelector("[data-card]");
    dialog.querySelector("[data-acts-here]").append(template.cloneNode(true));
    this.card = new Card(dialog, { ...shared, run: (...asked) => this.moderation.perform(...asked) });
    const form = this.querySelector("[data-compose]");
    if (form) {
      const keep = (targets) => this.preferences.set({ targets });
      const { targets } = this.preferences.now;
      this.compose = new Compose(form, { words, list: this.list, targets, keep, toasts });
      this.compose.allow(desk.channels);
    }
    this.#points();
    this.#touches();
    const { signal } = this.#leaving;
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    document.addEventListener("keydown", () => { this.#byKeys = true; }, { signal, capture: true });
    document.addEventListener("pointerdown", () => { this.#byKeys = false; }, { signal, capture: true });
    // What one may do can have become another while there was no connection.
    this.#unlisten = listen({ channels: [], on: { state: ({ connected }) => connected && this.#ask() } });
  }

  async #ask() {
    if (!this.#isReady) {
      this.#isReady = true; // the page has just come with it
      return;
    }
    const desk = await call("GET", "/v1/chat/desk").catch(orElse(null));
    if (!desk) return; // it stays as it was; whatever is not allowed is refused when it is asked for
    this.desk = desk;
    this.compose?.allow(this.desk.channels);
    this.#prefer();
  }

  #came(lines) {
    const messages = lines.map(({ message }) => message);
    this.compose?.learn(messages);
    if (this.preferences.now.aloud) this.herald.tell(messages.filter(({ data }) => data.origin !== "replay"));
    if (this.#isFiltering) this.#filter();
  }

  #sentence(first, count) {
    if (count > 1) return fill(this.words.new_lines, { n: amount(count, "", this.words, this.language) });
    return fill(this.words.quote, { name: nameOf(first), text: clean(first.data.message, MESSAGE_LENGTH) });
  }

  #prefer() {
    const { now, keywords } = this.preferences;
    this.list.dataset.removed = now.removed;
    this.style.setProperty("--chat-text", String(this.preferences.text / 100));
    this.list.highlight(watch(this.desk.mentions, keywords), new Set(now.quiet));
    if (!now.hover) this.list.tail.release("hover");
    this.#filter();
  }

  // Finding

  #searches() {
    this.querySelector("[data-search-open]").addEventListener("click", () => this.#find());
    this.querySelector("[data-search-close]").addEventListener("click", () => this.#unfind());
    this.search.addEventListener("submit", (event) => event.preventDefault());
    this.search.elements.q.addEventListener("input", () => this.#filter());
    this.search.elements.q.addEventListener("keydown", (event) => event.key === "Escape" && this.#unfind());
  }

  #find() {
    this.search.hidden = false;
    this.search.elements.q.focus();
  }

  #unfind() {
    this.search.reset();
    this.search.hidden = true;
    this.#filter();
    this.list.lines.focus({ preventScroll: true });
  }

  get #isFiltering() {
    return Boolean(this.search.elements.q.value.trim()) || this.preferences.platforms !== null;
  }

  #filter() {
    const wanted = this.search.elements.q.value.trim();
    const { platforms } = this.preferences;
    const isShown = (message) =>
      (!platforms || platforms.has(message.data.platform)) && (!wanted || isFound(message, wanted));
    const count = this.list.filter(this.#isFiltering ? isShown : null);
    const number = (n) => amount(n, "", this.words, this.language);
    write(this.search, "found", wanted ? fill(this.words.found, { n: number(count), all: number(this.list.all.length) }) : "");
  }

  // Pointing

  #points() {
    const { lines, tail } = this.list;
    lines.addEventListener("pointermove", (event) => event.pointerType !== "touch" && this.#point(event));
    lines.addEventListener("pointerleave", ({ pointerType }) => {
      if (pointerType === "touch") return; // a finger leaves whenever it is lifted
      for (const reason of ["hover", "acts", "aim"]) tail.release(reason);
      if (!this.#isBusy && !this.acts.root.matches(":focus-within")) this.#putAway();
    });
    lines.addEventListener("pointerenter", ({ pointerType }) => {
      if (pointerType !== "touch" && this.preferences.now.hover) tail.hold("hover");
    });
    // The line under the button stays there while somebody aims at it.
    this.acts.root.addEventListener("pointerenter", ({ pointerType }) => pointerType !== "touch" && tail.hold("acts"));
    this.acts.root.addEventListener("pointerleave", () => !this.acts.panel && tail.release("acts"));
    lines.addEventListener("focusin", ({ target }) => target !== lines && this.#focused(target));
    lines.addEventListener("focusout", ({ relatedTarget }) => {
      if (!lines.contains(relatedTarget) || relatedTarget === lines) this.#unfocused();
    });
    lines.addEventListener("click", (event) => this.#click(event));
    this.list.addEventListener("chat-moderated", ({ detail }) => this.#moderated(detail));
  }

  /** The toolbar has what is left to do about its line. */
  #moderated(line) {
    if (!this.#isAt(line) || this.acts.panel) return;
    const hadFocus = this.acts.root.contains(document.activeElement);
    this.acts.show(this.acts.subject, this.#channelOf(line.where));
    if (hadFocus) line.item.focus({ preventScroll: true });
  }

  /** Lines that move away under a pointer at rest must not put their buttons where another's were. */
  #point({ target, screenX, screenY }) {
    const at = `${screenX} ${screenY}`;
    if (at === this.#at) return;
    this.#at = at;
    this.list.tail.hold("aim");
    clearTimeout(this.#aim);
    this.#aim = setTimeout(() => this.list.tail.release("aim"), AIMING);
    if (this.#isBusy || this.acts.root.matches(":focus-within")) return;
    const line = this.list.lineOf(target);
    if (line && !this.#isAt(line)) this.#attach(line);
  }

  #focused(target) {
    const line = this.list.lineOf(target);
    if (!line) return;
    this.list.tail.hold("focus");
    if (!this.#isAt(line)) this.#attach(line);
  }

  #unfocused() {
    if (this.acts.panel) this.acts.close();
    this.list.tail.release("focus");
  }

  /** A choice is open, so the toolbar stays where it is. */
  get #isBusy() {
    return Boolean(this.acts.panel) && this.acts.root.isConnected;
  }

  #isAt(line) {
    return this.acts.root.parentElement === line.item;
  }

  #attach(line) {
    this.#putAway();
    if (this.acts.show(this.#subjectOf(line), this.#channelOf(line.where))) line.item.append(this.acts.root);
    const { lines } = this.list;
    line.item.classList.toggle("line--at-top", line.item.offsetTop - lines.scrollTop < 28);
  }

  #putAway() {
    this.acts.close();
    this.acts.root.remove();
    this.list.tail.release("acts");
    this.acts.subject?.line.item.classList.remove("line--touched");
  }

  /** Something was done or given up: who works by keys is back on the line, who points is free to go. */
  #settle() {
    const item = this.acts.root.closest(".line");
    if (!item) return;
    if (this.#byKeys) item.focus({ preventScroll: true });
    else if (item.contains(document.activeElement)) document.activeElement.blur();
    if (!this.acts.root.matches(":hover")) this.list.tail.release("acts");
    if (item.classList.contains("line--touched")) this.#putAway();
  }

  #subjectOf(line) {
    const { platform, actor, channel } = line.where;
    const { data } = line.message;
    return {
      line,
      platform,
      id: actor,
      name: nameOf(line.message),
      login: data.actor.login,
      isSelf: actor === channel,
      isTest: data.origin === "test",
    };
  }

  #channelOf({ platform, channel }) {
    return this.desk.channels.find((one) => one.platform === platform && one.channel_id === channel) ?? null;
  }

  #click({ target }) {
    const line = this.list.lineOf(target);
    if (!line || line.item.classList.contains("line--touched")) return; // the end of a long press is no click
    if (target.closest(".line__name")) this.#open(line);
    else if (target.closest(".line__quote")) this.#goTo(line.message.data.extra.reply?.message_id);
    else if (target.closest(".line__time")) this.#read(line);
  }

  #goTo(id) {
    const answered = this.list.all.find(({ where }) => id && where.id === id);
    answered?.item.scrollIntoView({ block: "center" });
    answered?.item.focus({ preventScroll: true });
  }

  /** Everything up to here is read. */
  #read({ item }) {
    const was = item.classList.contains("line--read");
    for (const marked of this.list.querySelectorAll(".line--read")) marked.classList.remove("line--read");
    item.classList.toggle("line--read", !was);
  }

  // Fingers: a long press has the toolbar

  #touches() {
    const { lines } = this.list;
    let from = null;
    lines.addEventListener("pointerdown", (event) => {
      clearTimeout(this.#press);
      if (event.pointerType !== "touch") return;
      if (!this.acts.root.contains(event.target)) this.#putAway();
      from = event;
      this.#press = setTimeout(() => this.#pressed(event.target), LONG_PRESS);
    });
    lines.addEventListener("pointermove", (event) => {
      if (from && Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > STILL) clearTimeout(this.#press);
    });
    for (const end of ["pointerup", "pointercancel"]) lines.addEventListener(end, () => clearTimeout(this.#press));
    lines.addEventListener("contextmenu", (event) => {
      if (event.pointerType === "touch" || this.acts.root.closest(".line--touched")) event.preventDefault();
    });
  }

  #pressed(target) {
    const line = this.list.lineOf(target);
    if (!line || this.acts.root.contains(target)) return;
    this.#attach(line);
    line.item.classList.add("line--touched");
    line.item.focus({ preventScroll: true });
    navigator.vibrate?.(10);
  }

  // Doing

  #run(act, subject, details) {
    if (act === "delete" || act === "unban") this.#settle();
    if (act === "card") this.#open(subject.line);
    else if (act === "reply") this.compose?.replyTo(subject.line);
    else this.moderation.perform(act, subject, details);
  }

  #open(line) {
    const subject = this.#subjectOf(line);
    if (options.controls && subject.id && !subject.isTest) this.card.open(subject, this.#channelOf(line.where));
  }

  // Keys

  #key(event) {
    const command = commandOf(event);
    if (!command || document.querySelector("dialog[open]")) return;
    const { target } = event;
    const isHere = target === document.body || this.contains(target);
    const isControl = target.closest("button, summary, a, [role=option]");
    if (!isHere || (isControl && (command === "card" || command === "pause"))) return;
    const line = this.list.lineOf(target);
    const handled = this.#do(command, line);
    if (handled !== false) event.preventDefault();
  }

  #do(command, line) {
    switch (command) {
      case "search":
        return this.#find();
      case "help":
        return this.querySelector("[data-keys]").showModal();
      case "up":
      case "down":
        return this.#move(line, command === "up" ? -1 : 1);
      case "pause":
        return this.#pause();
      case "undo":
        return this.moderation.undo();
      case "leave":
        return this.#leave(line);
      case "card":
        return line ? this.#open(line) : false;
      case "read":
        return line ? this.#read(line) : false;
      default:
        return line ? this.#start(command, line) : false;
    }
  }

  /** An act on the line that has the keyboard; the pointer may rest on another. */
  #start(act, line) {
    if (!this.#isAt(line)) this.#attach(line);
    this.acts.start(act);
  }

  #move(line, by) {
    const all = [...this.list.lines.querySelectorAll("[data-seq]:not([hidden])")];
    const place = line ? all.indexOf(line.item) + by : all.length - 1;
    const next = all[Math.max(0, Math.min(place, all.length - 1))];
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  #pause() {
    const { tail, lines } = this.list;
    if (["key", "scroll", "focus"].some((reason) => tail.isHeld(reason))) this.#resume(lines);
    else tail.hold("key");
  }

  #leave(line) {
    if (!this.search.hidden) this.#unfind();
    else if (line || !this.list.tail.isFollowing) this.#resume(this.list.lines);
    else return false;
    return true;
  }

  #resume(lines) {
    this.#putAway();
    lines.focus({ preventScroll: true });
    this.list.tail.follow();
  }
}

customElements.define("chat-desk", ChatDesk);
