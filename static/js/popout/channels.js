/** <channel-list data-account>: how the channels are, live. What one looks like is the page's own template. */
import { formatMoment } from "../elements/local-time.js";
import { serverNow } from "../lib/server-time.js";
import { pageWords, platform, slotOf, write } from "./draw.js";
import { listen } from "./socket.js";
import { MESSAGE_LENGTH, NAME_LENGTH, amount, clean, duration, trouble } from "./words.js";

const CLOCK = 15_000; // ms between two looks at how long a stream runs

class ChannelList extends HTMLElement {
  #sources = new Map(); // by platform: whether what is told of its channel can be believed
  #clock = 0;
  #unlisten = null;
  #language = document.documentElement.lang || "en";

  connectedCallback() {
    this.words = pageWords();
    this.#tick();
    this.#clock = setInterval(() => this.#tick(), CLOCK);
    this.#unlisten = listen({
      channels: [{ name: `status:${this.dataset.account}`, after: null }],
      byToken: "byToken" in this.dataset,
      on: {
        messages: (_, messages) => this.#draw(messages),
        refused: () => this.remove(),
        closed: () => this.remove(),
      },
    });
  }

  disconnectedCallback() {
    clearInterval(this.#clock);
    this.#unlisten();
  }

  /** The status channel tells how the channels are, and how the sources are that would know. */
  #draw(messages) {
    for (const { type, data } of messages) {
      if (type === "channel.status") this.#drawChannel(data);
      if (type === "source.health") this.#sources.set(data.platform, data);
    }
    for (const channel of this.#channels) {
      const source = this.#sources.get(channel.dataset.platform);
      if (!source) continue;
      channel.dataset.source = source.state;
      channel.dataset.sourceSince = source.state_since ?? "";
    }
    this.#tick();
  }

  get #channels() {
    return this.querySelectorAll("[data-source]");
  }

  #drawChannel(data) {
    let item = this.querySelector(`[data-source][data-platform="${CSS.escape(data.platform)}"]`);
    if (!item) {
      const template = this.querySelector("template[data-channel]");
      item = template.content.firstElementChild.cloneNode(true);
      item.dataset.platform = data.platform;
      const { icon, name } = platform(data.platform);
      slotOf(item, "icon").replaceChildren(...icon);
      write(item, "platform", name);
      template.before(item);
    }
    item.dataset.since = (data.live && data.live_since) || "";
    item.dataset.live = data.live;
    slotOf(item, "live").hidden = !data.live;
    slotOf(item, "offline").hidden = data.live;
    write(item, "viewers", data.live ? amount(data.viewers, "viewers", this.words, this.#language) : "");
    write(item, "channel", clean(data.channel_name, NAME_LENGTH));
    write(item, "title", clean(data.title, MESSAGE_LENGTH));
    write(item, "category", clean(data.category, NAME_LENGTH));
    this.querySelector("[data-no-channels]")?.remove();
  }

  #tick() {
    const now = serverNow();
    for (const channel of this.#channels) {
      const { since, source, sourceSince } = channel.dataset;
      write(channel, "since", duration(since, now, this.words));
      write(channel, "trouble", trouble(source, sourceSince && timeOf(new Date(sourceSince)), this.words));
    }
  }
}

/** A moment of today as its time, any other with its date. */
export function timeOf(moment) {
  const isToday = moment.toDateString() === new Date(serverNow()).toDateString();
  return formatMoment(moment, isToday ? "time" : "datetime");
}

customElements.define("channel-list", ChannelList);
