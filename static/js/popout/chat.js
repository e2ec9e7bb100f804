/** <chat-list>: the merged chat, newest at the bottom. Follows it, until there is a reason not to (`tail.js`). */
import { still } from "../lib/fragments.js";
import { serverNow } from "../lib/server-time.js";
import { formatMoment } from "../elements/local-time.js";
import { call, orElse } from "./api.js";
import { LineDrawer, chatWords, exactly } from "./draw-line.js";
import { isLine, removalBefore, removalOf, restores, takesOut, watch } from "./lines.js";
import { options } from "./options.js";
import { listen } from "./socket.js";
import { Tail } from "./tail.js";
import { fill, name } from "./words.js";

const MOST_LINES = 200;
const READING = 3; // times as many are kept while somebody reads further up
const LONGEST_WAIT = 1_000; // ms: a page that nobody sees is given no frames
const LONGEST_PAGE = 500; // rows that the API gives at a time
const WORTH_A_MARK = 5_000; // ms without a connection that are told of even if nothing was missed

class ChatList extends HTMLElement {
  #unlisten = null;
  #shown = new Map(); // by seq
  #held = []; // came while somebody reads and there is no more room below
  #leftOut = 0; // had to make room for those
  #missed = 0; // came since somebody stopped following
  #pending = []; // came since the last frame
  #frame = 0;
  #timer = 0;
  #gap = null; // the last time without a connection
  #lostAt = 0;
  #filter = null;
  #watched = watch([], []);
  #quiet = new Set(["subscriber", "vip", "team"]);

  connectedCallback() {
    const { account, after } = this.dataset;
    this.words = chatWords();
    this.drawer = new LineDrawer(this, this.words);
    this.lines = this.querySelector("[data-lines]");
    this.jump = this.querySelector("[data-jump]");
    this.tail = new Tail(this.lines, (isFollowing) => this.#tailed(isFollowing));
    this.jump.addEventListener("click", () => this.#goToEnd());
    // It lies over the lines and is not in them.
    this.jump.addEventListener("wheel", ({ deltaY }) => this.lines.scrollBy(0, deltaY), { passive: true });
    this.#draw(JSON.parse(this.querySelector('script[type="application/json"]').textContent));
    this.lines.addEventListener("load", (event) => this.#loaded(event.target), { capture: true });
    this.lines.addEventListener("pointerover", ({ target }) => target.matches("time") && exactly(target));
    this.#unlisten = listen({
      channels: [{ name: `chat:${account}`, after: Number(after) }],
      byToken: "byToken" in this.dataset,
      on: {
        messages: (_, messages) => this.#receive(messages),
        state: (state) => this.#connected(state),
        gap: (_, from, to) => this.#fetch(from, to),
        refused: () => this.#end(),
        closed: () => this.#end(),
      },
    });
  }

  disconnectedCallback() {
    this.#unlisten();
    this.tail.stop();
    this.#unschedule();
  }

  /** What stands out: `watched` of `watch`, and the marks that do not. */
  highlight(watched, quiet) {
    this.#watched = watched;
    this.#quiet = quiet;
    for (const { item, message } of this.#shown.values()) this.drawer.mark(item, message, watched, quiet);
  }

  /** Show only lines for which `filter(message)` is true; null for all. Returns how many those are. */
  filter(filter) {
    this.#filter = filter;
    for (const line of this.#shown.values()) this.#hide(line);
    if (this.tail.isFollowing) this.tail.toEnd();
    return [...this.#shown.values()].filter(({ item }) => !item.hidden).length;
  }

  /** The line, `{message, item, removal}`, that something on the page is part of. */
  lineOf(element) {
    return this.#shown.get(Number(element?.closest?.("[data-seq]")?.dataset.seq)) ?? null;
  }

  /** The drawn lines, oldest first. */
  get all() {
    return [...this.#shown.values()];
  }

  /** Whether somebody's message is there, by the platform's id of it. */
  has(platform, id) {
    return this.all.some(({ where }) => where.platform === platform && where.id === id);
  }

  #receive(messages) {
    this.#pending.push(...messages);
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => this.#flush());
    this.#timer = setTimeout(() => this.#flush(), LONGEST_WAIT);
  }

  #flush() {
    this.#unschedule();
    this.#draw(this.#pending.splice(0));
  }

  #unschedule() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = 0;
  }

  #draw(messages) {
    const fresh = [];
    for (const message of messages) {
      if (!isLine(message)) this.#moderate(message, fresh);
      else if (!options.platforms || options.platforms.has(message.data.platform)) {
        if (this.#gap) fresh.push(...this.#restored(message));
        fresh.push(lineFrom(message));
      }
    }
    this.#put(fresh);
    const told = fresh.filter(({ message }) => message);
    if (told.length) this.dispatchEvent(new CustomEvent("chat-lines", { detail: told }));
    this.querySelector("[data-empty]").hidden = this.lines.children.length > 0;
  }

  /** Lines at the end. Nothing that somebody reads is moved for them. */
  #put(fresh) {
    if (this.tail.isFollowing) {
      this.#append(fresh.slice(-this.#most));
      this.#trim();
      if (fresh.length) this.tail.toEnd();
      return;
    }
    const room = Math.max(0, this.#most * READING - this.lines.children.length);
    this.#append(fresh.slice(0, room));
    this.#held.push(...fresh.slice(room));
    this.#leftOut += this.#held.splice(0, Math.max(0, this.#held.length - this.#most)).length;
    this.#missed += fresh.filter(({ message }) => message).length;
    this.#sayPaused();
  }

  #append(fresh) {
    const fragment = document.createDocumentFragment();
    for (const line of fresh) fragment.append(this.#drawn(line));
    this.lines.append(fragment);
  }

  #drawn(line) {
    const { message, removal } = line;
    if (!message) return line.item;
    line.item = this.drawer.draw(message);
    this.drawer.mark(line.item, message, this.#watched, this.#quiet);
    if (removal) this.drawer.strike(line.item, removal);
    this.#hide(line);
    this.#shown.set(message.seq, line);
    return line.item;
  }

  #hide({ item, message }) {
    item.hidden = Boolean(this.#filter) && !this.#filter(message);
  }

  get #most() {
    return options.max ?? MOST_LINES;
  }

  #trim() {
    for (let over = this.lines.children.length - this.#most; over > 0; over -= 1) {
      this.#shown.delete(Number(this.lines.firstElementChild.dataset.seq));
      this.lines.firstElementChild.remove();
    }
  }

  #moderate(message, fresh) {
    for (const line of [...this.#shown.values(), ...this.#held, ...fresh]) {
      if (!line.message) continue; // a mark between lines
      if (takesOut(message, line.where)) this.#takeOut(line, removalOf(message));
      else if (restores(message, line.where)) this.#giveBack(line, removalOf(message));
    }
  }

  /** Whoever took it out first did it; what is told later may only add what that was, or who. */
  #takeOut(line, removal) {
    const before = line.removal;
    const tellsMore = before && ((!before.act && removal.act) || (!name(before.by) && name(removal.by)));
    if (before && before.act !== "restored" && !tellsMore) return;
    this.#become(line, removal);
  }

  #giveBack(line, { by }) {
    if (!line.removal || line.removal.act === "delete") return;
    this.#become(line, { act: "restored", seconds: null, by });
  }

  #become(line, removal) {
    line.removal = removal;
    if (!line.item) return;
    this.drawer.strike(line.item, removal);
    this.dispatchEvent(new CustomEvent("chat-moderated", { detail: line }));
  }

  // Following and reading

  #tailed(isFollowing) {
    this.classList.toggle("chat--paused", !isFollowing);
    if (isFollowing) this.#catchUp();
    else this.#keepPlace();
    this.#sayPaused();
  }

  /** Few lines stand at the end; while nobody is to be moved, the space above them stays as it is. */
  #keepPlace() {
    const [first] = this.lines.children;
    if (!first || this.lines.style.getPropertyValue("--space-above")) return;
    const above = first.offsetTop - this.lines.offsetTop - parseFloat(getComputedStyle(this.lines).paddingBlockStart);
    this.lines.style.setProperty("--space-above", `${Math.max(0, above)}px`);
  }

  #catchUp() {
    this.lines.style.removeProperty("--space-above");
    const held = this.#held.splice(0);
    if (this.#leftOut) held.unshift({ item: this.drawer.between(this.#counted("left_out", this.#leftOut)) });
    this.#leftOut = this.#missed = 0;
    this.#append(held);
    this.#trim();
    this.tail.toEnd();
  }

  #sayPaused() {
    this.jump.hidden = this.tail.isFollowing || !(this.#missed || this.tail.isHeld("key") || this.tail.isHeld("scroll"));
    const missed = this.#missed ? this.#counted(this.#missed === 1 ? "new_line" : "new_lines", this.#missed) : "";
    const told = [this.words.paused, missed, this.words.jump].filter(Boolean).join(" · ");
    this.jump.querySelector("[data-slot=count]").textContent = told;
  }

  #counted(key, number) {
    const n = new Intl.NumberFormat(document.documentElement.lang).format(number);
    const forms = this.words[key];
    return fill(Array.isArray(forms) ? forms[number === 1 ? 0 : 1] : forms, { n });
  }

  #goToEnd() {
    this.tail.follow();
    this.lines.focus({ preventScroll: true }); // the button that had it is gone
  }

  /** Pictures that come later make lines taller. */
  #loaded(image) {
    if ("animated" in image.dataset && matchMedia("(prefers-reduced-motion: reduce)").matches) still(image);
    if (this.tail.isFollowing) this.tail.toEnd();
  }

  // What was missed

  #connected({ connected, since }) {
    this.classList.toggle("chat--stale", !connected);
    (this.closest("chat-desk") ?? this).querySelector("[data-stale]").hidden = connected;
    if (!connected) this.#lostAt ||= since;
    else if (this.#lostAt) {
      this.#open(this.#lostAt, since);
      if (since - this.#lostAt >= WORTH_A_MARK) this.#put(this.#markOnce());
      this.#lostAt = 0;
    }
  }

  #open(since, until) {
    this.#gap = { since, until, count: 0, isPartial: false, item: this.drawer.between(""), isDrawn: false };
    this.#describe(this.#gap);
  }

  /** The mark of the gap for before its first line; nothing where that is done or the line came later. */
  #restored({ data }) {
    if (Date.parse(data.received_at) > this.#gap.until) return [];
    this.#gap.count += 1;
    this.#describe(this.#gap);
    return this.#markOnce();
  }

  #markOnce() {
    if (this.#gap.isDrawn) return [];
    this.#gap.isDrawn = true;
    return [{ item: this.#gap.item }];
  }

  #describe({ since, until, count, isPartial, item }) {
    const [from, to] = [since, until].map((moment) => formatMoment(new Date(moment), "seconds"));
    const told = [fill(this.words[isPartial ? "gap_missing" : "gap"], { since: from, until: to })];
    if (count) told.push(this.#counted("restored_messages", count));
    item.textContent = told.join(" · ");
  }

  /** The server had too much to send again: the newest of it is fetched, not more than leaves room for the mark. */
  async #fetch(from, to) {
    this.#flush(); // what came before it
    const newest = this.all.at(-1)?.message.data.received_at;
    if (!this.#gap) this.#open(newest ? Date.parse(newest) : serverNow(), serverNow());
    const gap = this.#gap;
    this.#put(this.#markOnce());
    const most = Math.min(Math.ceil(this.#most / 2), LONGEST_PAGE);
    const after = Math.max(from - 1, to - most);
    gap.isPartial = after >= from;
    const rows = await call("GET", `/v1/chat?after=${after}&limit=${most}`).catch(orElse(null));
    gap.isPartial ||= rows === null;
    const isMissing = (row) => row.seq <= to && isLine(row) && !this.#shown.has(row.seq);
    const fresh = (rows ?? []).filter(isMissing).map(lineFrom);
    gap.count += fresh.length;
    if (gap.item.isConnected) gap.item.after(...fresh.map((line) => this.#drawn(line)));
    this.#describe(gap);
    if (!this.tail.isFollowing) return;
    this.#trim();
    this.tail.toEnd();
  }

  #end() {
    (this.closest("chat-desk") ?? this).remove();
  }
}

function lineFrom(message) {
  const { platform, channel_id, id, actor } = message.data;
  return { message, where: { platform, channel: channel_id, id, actor: actor.id }, removal: removalBefore(message), item: null };
}

customElements.define("chat-list", ChatList);
