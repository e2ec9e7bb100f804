/** The events popout: goes on, live, where the server's first paint ends. */
import { formatMoment } from "../elements/local-time.js";
import { LiveSocket } from "../lib/live.js";
import { addressOf, chosen, isShown } from "./filter.js";
import { forgetToken, storedToken, takeToken } from "./link.js";
import { NAME_LENGTH, ago, amount, clean, duration, latest, row, thread, trouble } from "./words.js";

const MOST_ROWS = 200;
const CLOCK = 15_000; // ms between two looks at the relative times

class EventFeed extends HTMLElement {
  #socket = null;
  #sources = new Map(); // by platform: whether what is told of its channel can be believed
  #clock = 0;
  #language = document.documentElement.lang || "en";

  connectedCallback() {
    const { account, after } = this.dataset;
    this.words = JSON.parse(this.querySelector("#words").textContent);
    this.rows = this.querySelector("[data-rows]");
    this.boxes = [...this.querySelectorAll("[data-filter] input")];
    this.groups = this.boxes.map((box) => box.value);
    this.shown = chosen(location.href, this.groups);
    for (const box of this.boxes) box.checked = this.shown.has(box.value);
    this.querySelector("[data-filter]").addEventListener("change", () => this.#choose());
    this.#filter();
    this.#tick();
    this.#clock = setInterval(() => this.#tick(), CLOCK);

    const events = `events:${account}`;
    const status = `status:${account}`;
    const token = takeToken(window);
    this.#socket = new LiveSocket({
      url: new URL("/v1/ws", location.href.replace(/^http/, "ws")).href,
      token: "byToken" in this.dataset ? token : null,
      channels: [
        { name: events, after: Number(after) },
        { name: status, after: null },
      ],
      on: {
        messages: (channel, messages) => {
          if (channel === events) this.#draw(messages);
          if (channel === status) this.#drawChannels(messages);
        },
        state: ({ connected }) => this.#showStale(!connected),
        gap: (channel) => channel === events && this.#showGap(),
        reload: () => location.reload(),
        refused: (channel) => channel === events && this.#goDark(),
        closed: () => this.#goDark(),
      },
    });
    this.#socket.start();
  }

  disconnectedCallback() {
    clearInterval(this.#clock);
    this.#socket.stop();
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
    for (const [slot, text] of Object.entries(row(message, this.words, this.#language))) write(item, slot, text);
    slotOf(item, "test").hidden = message.data.origin !== "test";
    slotOf(item, "time").dateTime = message.data.occurred_at;
    const platform = this.#platform(message.data.platform);
    slotOf(item, "platform").replaceChildren(...platform.icon, platform.name);
    return item;
  }

  #platform(slug) {
    const template = this.querySelector(`template[data-platform="${CSS.escape(slug)}"]`);
    return template
      ? { icon: [template.content.cloneNode(true)], name: template.dataset.name }
      : { icon: [], name: clean(slug, NAME_LENGTH) };
  }

  /** The status channel tells how the channels are, and how the sources are that would know. */
  #drawChannels(messages) {
    for (const { type, data } of messages) {
      if (type === "channel.status") this.#drawChannel(data);
      if (type === "source.health") this.#sources.set(data.platform, data);
    }
    for (const channel of this.querySelectorAll(".channel")) {
      const source = this.#sources.get(channel.dataset.platform);
      if (!source) continue;
      channel.dataset.source = source.state;
      channel.dataset.sourceSince = source.state_since ?? "";
    }
    this.#tick();
  }

  #drawChannel(data) {
    const list = this.querySelector("[data-channels]");
    let item = list.querySelector(`[data-platform="${CSS.escape(data.platform)}"]`);
    if (!item) {
      item = this.querySelector("template[data-channel]").content.firstElementChild.cloneNode(true);
      item.dataset.platform = data.platform;
      slotOf(item, "icon").replaceChildren(...this.#platform(data.platform).icon);
      list.append(item);
    }
    item.dataset.since = (data.live && data.live_since) || "";
    slotOf(item, "live").hidden = !data.live;
    slotOf(item, "offline").hidden = data.live;
    write(item, "viewers", data.live ? amount(data.viewers, "viewers", this.words, this.#language) : "");
    write(item, "channel", clean(data.channel_name, NAME_LENGTH));
    this.querySelector("[data-no-channels]").hidden = true;
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
    for (const channel of this.querySelectorAll(".channel")) {
      const { since, source, sourceSince } = channel.dataset;
      write(channel, "since", duration(since, now, this.words));
      write(channel, "trouble", trouble(source, sourceSince && timeOf(new Date(sourceSince), now), this.words));
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

  /** The token was revoked: nothing stays readable, on air least of all. */
  #goDark() {
    forgetToken(window);
    document.title = "Lumio";
    this.remove();
  }
}

/** The page of an address whose token is hidden: fetches itself with the token that this tab keeps. */
class PopoutShell extends HTMLElement {
  async connectedCallback() {
    const token = storedToken(window);
    if (token === null) {
      this.firstElementChild.hidden = false;
      return;
    }
    const address = new URL(location.href);
    address.searchParams.set("token", token);
    const answer = await fetch(address, { cache: "no-store", credentials: "omit" }).catch(() => null);
    if (answer === null || answer.status >= 500) {
      setTimeout(() => location.reload(), 3000); // the server is away: as a browser source would, try again
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.status === 401) forgetToken(window);
    document.title = page.title;
    document.body.replaceWith(document.adoptNode(page.body));
  }
}

/** A moment of today as its time, any other with its date. */
function timeOf(moment, now) {
  const isToday = moment.toDateString() === new Date(now).toDateString();
  return formatMoment(moment, isToday ? "time" : "datetime");
}

function slotOf(item, name) {
  return item.querySelector(`[data-slot="${name}"]`);
}

/** Text into a place; an empty place is not there. */
function write(item, name, text) {
  const slot = slotOf(item, name);
  if (!slot) return; // this kind's sentence has no such place
  slot.textContent = text;
  slot.hidden = !text;
}

customElements.define("event-feed", EventFeed);
customElements.define("popout-shell", PopoutShell);
