/** <event-feed>: the events as they happen, newest first; goes on where the server's first paint ends. */
import { formatMoment, formatRowTime } from "../elements/local-time.js";
import { serverNow } from "../lib/server-time.js";
import "./alerts.js";
import { call, orElse, why } from "./api.js";
import { timeOf } from "./channels.js";
import "./choices.js";
import { goDark, pageWords, platform, slotOf, write } from "./draw.js";
import { toggleDetails } from "./event-details.js";
import { isShown } from "./filter.js";
import { Hidden } from "./hidden.js";
import "./menus.js";
import { options } from "./options.js";
import "./panic.js";
import { listen } from "./socket.js";
import { Thanks } from "./thanks.js";
import { ago, fill, latest, row, thread, worth } from "./words.js";

const MOST_ROWS = options.max ?? 200;
const MOST_READING = Math.max(MOST_ROWS, 600); // while somebody reads further down
const AT_TOP = 8; // px that still count as being there
const PAGE = 50; // older rows that are fetched at once
const FETCHED_AFTER_GAP = 200;
const CLOCK = 15_000; // ms between two looks at the relative times
const LONG = 3_000; // ms of being away that are worth a mark

class EventFeed extends HTMLElement {
  #unlisten = null;
  #clock = 0;
  #language = document.documentElement.lang || "en";
  #held = []; // what came while nothing may move
  #isHalted = false;
  #isStale = false; // a row is as it should no longer be shown, or not yet, but nothing may move
  #hidden = null;
  #awaySince = 0;
  #isFetching = false;
  #atEnd = null;

  connectedCallback() {
    const { account, after } = this.dataset;
    this.words = pageWords();
    this.rows = this.querySelector("[data-rows]");
    this.jump = this.querySelector("[data-jump]");
    this.older = this.querySelector("[data-older]");
    this.choices = this.querySelector("feed-choices");
    this.thanks = new Thanks(this.words);
    this.#hidden = new Hidden(window, account);
    customElements.upgrade(this.choices); // a page that is put in as a whole upgrades from the outside in
    this.addEventListener("choose", () => this.#choose());
    this.addEventListener("click", (event) => this.#press(event));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.rows.addEventListener("scroll", () => this.#look(), { passive: true });
    this.rows.addEventListener("focusout", () => queueMicrotask(() => this.#look()));
    this.#offerOlder();
    this.#filter();
    this.#tick();
    this.#clock = setInterval(() => this.#tick(), CLOCK);

    this.#unlisten = listen({
      channels: [{ name: `events:${account}`, after: Number(after) }],
      byToken: "byToken" in this.dataset,
      on: {
        messages: (_, messages) => this.#receive(messages),
        state: ({ connected, since }) => this.#showState(connected, since),
        gap: (_, from, to) => this.#fetchGap(from, to),
        refused: () => goDark(this),
        closed: () => goDark(this),
      },
    });
  }

  disconnectedCallback() {
    clearInterval(this.#clock);
    this.#atEnd.disconnect();
    this.#unlisten();
  }

  // --- What arrives ---------------------------------------------------------------------------------------------------

  #receive(messages) {
    this.#thank(this.thanks.hear(messages));
    const fresh = messages.filter(({ type }) => !this.words.left_out.includes(type));
    if (!fresh.length) return;
    if (this.#isPaused) {
      this.#held = [...this.#held, ...fresh].slice(-MOST_READING);
      this.#countHeld();
    } else {
      this.#draw(fresh);
    }
  }

  #draw(messages) {
    for (const message of latest(messages, this.words).slice(-MOST_READING)) this.#place(this.#row(message));
    this.#trim();
    this.#filter();
    this.#tick();
  }

  /** In order, wherever it belongs: what is fetched after a gap is older than what came meanwhile. */
  #place(item) {
    const after = [...this.rows.children].find((other) => Number(other.dataset.seq) < Number(item.dataset.seq));
    this.rows.insertBefore(item, after ?? null);
  }

  #trim() {
    const most = this.rows.scrollTop > AT_TOP ? MOST_READING : MOST_ROWS;
    while (this.rows.children.length > most) {
      this.rows.lastElementChild.remove();
      this.older.hidden = options.max !== null;
    }
  }

  #row(message) {
    const template =
      this.querySelector(`template[data-kind="${CSS.escape(message.type)}"]`) ??
      this.querySelector('template[data-kind="unknown"]');
    const item = template.content.firstElementChild.cloneNode(true);
    Object.assign(item.dataset, { seq: message.seq, platform: message.data.platform });
    const about = thread(message, this.words);
    const before = about && this.rows.querySelector(`[data-thread="${CSS.escape(about)}"]`);
    if (about) item.dataset.thread = about;
    if (before) before.remove(); // the same thing, as it was before: no new row that calls for a look
    else item.classList.add("event--new");
    const time = (moment) => timeOf(new Date(moment));
    for (const [slot, text] of Object.entries(row(message, this.words, this.#language, time))) write(item, slot, text);
    this.thanks.draw(item, message);
    item.dataset.worth = worth(message, this.words) ?? "";
    slotOf(item, "test").hidden = message.data.origin !== "test";
    slotOf(item, "time").dateTime = message.data.occurred_at;
    const { icon, name } = platform(message.data.platform);
    slotOf(item, "platform").replaceChildren(...icon, name);
    return item;
  }

  // --- Pausing --------------------------------------------------------------------------------------------------------

  /** Nothing moves while somebody reads further down, is at a row, or has said so. */
  get #isPaused() {
    const isAtRow = this.rows.contains(document.activeElement) && document.activeElement !== this.rows;
    return this.#isHalted || isAtRow || this.rows.scrollTop > AT_TOP;
  }

  #look() {
    if (this.#isPaused) return;
    if (this.#held.length) this.#resume();
    else if (this.#isStale) this.#filter();
  }

  #resume() {
    this.#isHalted = false;
    const held = this.#held;
    this.#held = [];
    this.#countHeld();
    this.rows.scrollTop = 0;
    if (held.length) this.#draw(held);
  }

  #countHeld() {
    const count = this.#held.length;
    const number = new Intl.NumberFormat(this.#language).format(count);
    const words = this.words[count === 1 ? "new_event" : "new_events"];
    slotOf(this.jump, "count").textContent = count ? fill(words, { n: number }) : this.jump.dataset.none;
    this.jump.hidden = !count && !this.#isHalted;
  }

  // --- What somebody does ---------------------------------------------------------------------------------------------

  #press({ target }) {
    const button = target.closest("button");
    if (button === this.jump) {
      if (this.rows.contains(document.activeElement)) document.activeElement.blur();
      this.#resume();
      this.rows.focus({ preventScroll: true }); // the button that had it is gone
    } else if (button === this.older) {
      this.#fetchOlder();
    } else if (button?.dataset.kind) {
      this.#test(button);
    } else if (button?.matches(".event__open")) {
      this.#toggle(button.closest(".event"));
    } else if (button?.matches(".event__thank")) {
      this.#turn(button.closest(".event"));
    } else if (button?.matches("[data-hide-row]")) {
      this.#hide(button.closest(".event"));
    } else if (button?.matches("[data-show-hidden]")) {
      this.#hidden.clear();
      this.#filter();
      this.choices.look();
    }
  }

  #key(event) {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, select, textarea")) return;
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[key];
    if (step && (this.rows.contains(target) || key.length === 1)) this.#step(step);
    else if (key === " " && !target.matches("button, summary")) this.#halt();
    else if (key === "/") this.choices.look();
    else if (key === "t" && target.closest(".event")) this.#turn(target.closest(".event"));
    else if (key === "h" && target.closest(".event")) this.#hide(target.closest(".event"));
    else return;
    event.preventDefault();
  }

  #step(step) {
    const buttons = [...this.rows.querySelectorAll(".event:not([hidden]) .event__open")];
    const place = buttons.indexOf(document.activeElement?.closest(".event")?.querySelector(".event__open"));
    buttons[Math.max(0, Math.min(place + step, buttons.length - 1))]?.focus();
  }

  #halt() {
    if (this.#isHalted) {
      this.#resume();
      return;
    }
    this.#isHalted = true;
    this.#countHeld();
  }

  #toggle(item) {
    toggleDetails(item, this.querySelector("template[data-details]"), {
      language: this.#language,
      words: this.words,
    });
  }

  async #test(button) {
    const told = this.querySelector("[data-test-told]");
    const body = { type: button.dataset.kind, platform: this.querySelector("[data-test-platform]").value };
    button.disabled = true;
    try {
      await call("POST", "/v1/events/test", body);
      told.textContent = this.words.test_sent;
    } catch (error) {
      told.textContent = why(error);
    }
    button.disabled = false;
  }

  /** The row out of sight; the keyboard goes on with the one below. */
  #hide(item) {
    this.#hidden.add(item);
    const buttons = [...this.rows.querySelectorAll(".event:not([hidden]) .event__open")];
    const next = buttons[buttons.indexOf(item.querySelector(".event__open")) + 1];
    (next ?? this.rows).focus({ preventScroll: !next });
    this.#filter();
  }

  async #turn(item) {
    const button = item.querySelector(".event__thank");
    if (!button || button.ariaDisabled) return;
    const trouble = this.querySelector("[data-trouble]");
    button.setAttribute("aria-disabled", "true"); // `disabled` would take the focus away
    try {
      await this.thanks.turn(item);
      trouble.hidden = true;
    } catch (error) {
      trouble.textContent = why(error);
      trouble.hidden = false;
    }
    button.removeAttribute("aria-disabled");
    this.#filterSoon();
  }

  /** Rows of these numbers were ticked, or are no longer. */
  #thank(numbers) {
    if (!numbers.length) return;
    for (const seq of numbers) {
      const item = this.rows.querySelector(`[data-seq="${seq}"]`);
      if (item) this.thanks.draw(item);
    }
    this.#filterSoon();
  }

  #filterSoon() {
    this.#isStale = true;
    this.#look();
  }

  #choose() {
    // What was not asked for when the page came has to be fetched.
    if ("narrowed" in this.dataset && this.choices.isWider) location.reload();
    else this.#filter();
  }

  #filter() {
    this.#isStale = false;
    let isEmpty = true;
    const isMeant = this.#meant();
    for (const item of this.rows.children) {
      item.hidden = !isMeant(item);
      isEmpty &&= item.hidden;
    }
    this.querySelector("[data-empty]").hidden = !isEmpty;
    this.#countHidden();
  }

  /** Whether a row is one of those that somebody chose to see. */
  #meant() {
    const { words, onlyOwed } = this.choices;
    const groups = this.choices.shown("types");
    const platforms = this.choices.left("platforms");
    const least = new Map([...groups].map((group) => [group, this.choices.least(group)]));
    return (item) => {
      const { group, platform: where, worth: amount, thanks } = item.dataset;
      if (!isShown(group, groups) || platforms.has(where) || this.#hidden.has(item)) return false;
      if (amount && Number(amount) < least.get(group)) return false;
      if (onlyOwed && group && thanks !== "owed") return false;
      return words === "" || says(item, words);
    };
  }

  #countHidden() {
    const { count } = this.#hidden;
    const button = this.choices.querySelector("[data-show-hidden]");
    button.hidden = !count;
    button.textContent = fill(this.words[count === 1 ? "hidden_row" : "hidden_rows"], { n: count });
  }

  // --- What is fetched ------------------------------------------------------------------------------------------------

  get #lowest() {
    const numbers = [...this.rows.children].map(({ dataset }) => Number(dataset.seq)).filter(Boolean);
    return numbers.length ? Math.ceil(Math.min(...numbers)) : null;
  }

  #offerOlder() {
    this.older.hidden = options.max !== null || this.rows.children.length < PAGE;
    // Whoever has scrolled down to it wants it.
    this.#atEnd = new IntersectionObserver(([{ isIntersecting }]) => {
      if (isIntersecting && this.rows.scrollTop > AT_TOP) this.#fetchOlder();
    });
    this.#atEnd.observe(this.older);
  }

  async #fetchOlder() {
    const before = this.#lowest;
    if (this.#isFetching || before === null || this.rows.children.length >= MOST_READING) return;
    this.#isFetching = true;
    try {
      const found = await call("GET", `/v1/events?before=${before}&limit=${PAGE}`).catch(orElse(null));
      if (!found) return; // the button stays, so that it can be asked again
      this.#draw(found.reverse().filter(({ type }) => !this.words.left_out.includes(type)));
      this.older.hidden = found.length < PAGE || this.rows.children.length >= MOST_READING;
    } finally {
      this.#isFetching = false;
    }
  }

  /** What happened while nobody told this page, as far as it may be drawn; a mark says that there was more. */
  async #fetchGap(from, to) {
    const found = await call("GET", `/v1/events?before=${to + 1}&limit=${FETCHED_AFTER_GAP}`).catch(orElse([]));
    const fresh = found.reverse().filter(({ seq }) => seq >= from);
    if (fresh.length < to - from + 1) this.#mark(this.words.missed, (fresh[0]?.seq ?? to + 1) - 0.5);
    if (fresh.length) this.#receive(fresh);
    this.#thank(await this.thanks.fetch(from, to).catch(orElse([])));
  }

  #mark(text, seq) {
    const item = document.createElement("li");
    item.className = "feed__gap";
    item.dataset.seq = seq;
    item.textContent = text;
    this.#place(item);
    this.#filter();
  }

  // --- How it is ------------------------------------------------------------------------------------------------------

  #tick() {
    const now = serverNow();
    for (const time of this.rows.querySelectorAll("time[datetime]")) {
      const moment = new Date(time.dateTime);
      const words = options.times === "minutes" ? ago(moment, now, this.#language) : formatRowTime(moment);
      if (time.textContent === words) continue;
      time.textContent = words;
      time.title = formatMoment(moment, "exact");
    }
  }

  #showState(connected, since) {
    this.classList.toggle("feed--stale", !connected);
    this.querySelector("[data-stale]").hidden = connected;
    if (!connected) this.#awaySince ||= since;
    else if (this.#awaySince) {
      // Above what the page had, below what it is about to be told.
      const newest = Math.max(Number(this.dataset.after), ...[...this.rows.children].map(({ dataset }) => Number(dataset.seq) || 0));
      const [from, until] = [this.#awaySince, since].map((moment) => formatMoment(new Date(moment), "seconds"));
      if (since - this.#awaySince > LONG) this.#mark(fill(this.words.away, { since: from, until }), newest + 0.5);
      this.#awaySince = 0;
    }
  }
}

/** Whether a row has these words, which are in lower case. */
function says(item, words) {
  return item.textContent.toLowerCase().includes(words);
}

customElements.define("event-feed", EventFeed);
