/** <event-feed>: the events as they happen; goes on where the server's first paint ends. */
import { timeOf } from "./channels.js";
import { pageWords, platform, slotOf, write } from "./draw.js";
import { addressOf, chosen, isShown } from "./filter.js";
import { listen } from "./socket.js";
import { ago, latest, row, thread } from "./words.js";

const MOST_ROWS = 200;
const CLOCK = 15_000; // ms between two looks at the relative times

class EventFeed extends HTMLElement {
  #unlisten = null;
  #clock = 0;
  #language = document.documentElement.lang || "en";

  connectedCallback() {
    const { account, after } = this.dataset;
    this.words = pageWords();
    this.rows = this.querySelector("[data-rows]");
    this.boxes = [...this.querySelectorAll("[data-filter] input")];
    this.groups = this.boxes.map((box) => box.value);
    this.shown = chosen(location.href, this.groups);
    for (const box of this.boxes) box.checked = this.shown.has(box.value);
    this.querySelector("[data-filter]").addEventListener("change", () => this.#choose());
    this.#filter();
    this.#tick();
    this.#clock = setInterval(() => this.#tick(), CLOCK);

    this.#unlisten = listen({
      channels: [{ name: `events:${account}`, after: Number(after) }],
      byToken: "byToken" in this.dataset,
      on: {
        messages: (_, messages) => this.#draw(messages),
        state: ({ connected }) => this.#showStale(!connected),
        gap: () => this.#showGap(),
        refused: () => this.#goDark(),
        closed: () => this.#goDark(),
      },
    });
  }

  disconnectedCallback() {
    clearInterval(this.#clock);
    this.#unlisten();
  }

  #draw(messages) {
    const fresh = latest(messages, this.words).filter(({ type }) => !this.words.left_out.includes(type));
    if (!fresh.length) return;
    this.rows.prepend(...fresh.slice(-MOST_ROWS).reverse().map((message) => this.#row(message)));
    while (this.rows.children.length > MOST_ROWS) this.rows.lastElementChild.remove();
    this.#filter();
    this.#tick();
  }

  /** Another choice of groups. What was not asked for when the page came has to be fetched. */
  #choose() {
    const ticked = this.boxes.filter((box) => box.checked).map((box) => box.value);
    const shown = new Set(ticked.length ? ticked : this.groups);
    history.replaceState(history.state, "", addressOf(location.href, this.groups, shown));
    if (this.groups.some((group) => shown.has(group) && !isShown(group, this.#loaded))) {
      location.reload();
      return;
    }
    for (const box of this.boxes) box.checked = shown.has(box.value);
    this.shown = shown;
    this.#filter();
  }

  /** The groups whose older rows came with the page. */
  get #loaded() {
    return this.dataset.types ? new Set(this.dataset.types.split(",")) : new Set(this.groups);
  }

  #filter() {
    for (const item of this.rows.children) item.hidden = !isShown(item.dataset.group, this.shown);
    this.querySelector("[data-empty]").hidden = [...this.rows.children].some((item) => !item.hidden);
  }

  #row(message) {
    const template =
      this.querySelector(`template[data-kind="${CSS.escape(message.type)}"]`) ??
      this.querySelector('template[data-kind="unknown"]');
    const item = template.content.firstElementChild.cloneNode(true);
    item.dataset.seq = message.seq;
    const about = thread(message, this.words);
    const before = about && this.rows.querySelector(`[data-thread="${CSS.escape(about)}"]`);
    if (about) item.dataset.thread = about;
    if (before) before.remove(); // the same thing, as it was before: no new row that calls for a look
    else item.classList.add("event--new");
    const time = (moment) => timeOf(new Date(moment), Date.now());
    for (const [slot, text] of Object.entries(row(message, this.words, this.#language, time))) write(item, slot, text);
    slotOf(item, "test").hidden = message.data.origin !== "test";
    slotOf(item, "time").dateTime = message.data.occurred_at;
    const { icon, name } = platform(message.data.platform);
    slotOf(item, "platform").replaceChildren(...icon, name);
    return item;
  }

  #tick() {
    const now = Date.now();
    for (const time of this.rows.querySelectorAll("time[datetime]")) {
      const moment = new Date(time.dateTime);
      const words = ago(moment, now, this.#language);
      if (time.textContent === words) continue;
      time.textContent = words;
      time.title = moment.toLocaleString(this.#language, { dateStyle: "medium", timeStyle: "medium" });
    }
  }

  #showStale(isStale) {
    this.classList.toggle("feed--stale", isStale);
    this.querySelector("[data-stale]").hidden = !isStale;
  }

  #showGap() {
    const item = document.createElement("li");
    item.className = "feed__gap";
    item.textContent = this.words.missed;
    this.rows.prepend(item);
    this.#filter();
  }

  /** The token was revoked, or the page closed: nothing stays readable, on air least of all. */
  #goDark() {
    document.title = "Lumio";
    this.remove();
  }
}

customElements.define("event-feed", EventFeed);
