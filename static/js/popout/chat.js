/** <chat-list>: the merged chat, newest at the bottom. Follows it, until somebody scrolls up to read. */
import { formatMoment } from "../elements/local-time.js";
import { ON_DARK, ON_LIGHT, ownColour, readable } from "../lib/colour.js";
import { nodes, webAddress } from "../lib/fragments.js";
import { pageWords, platform, slotOf, write } from "./draw.js";
import { badges, isLine, line, removal, takesOut } from "./lines.js";
import { listen } from "./socket.js";
import { MESSAGE_LENGTH, clean, fill } from "./words.js";

const MOST_LINES = 200;
const MOST_READING = 600; // while somebody reads further up
const AT_END = 40; // px that still count as being there

class ChatList extends HTMLElement {
  #unlisten = null;
  #isFollowing = true;
  #missed = 0;

  connectedCallback() {
    const { account, after } = this.dataset;
    this.words = pageWords();
    this.lines = this.querySelector("[data-lines]");
    this.jump = this.querySelector("[data-jump]");
    this.lines.addEventListener("scroll", () => this.#look(), { passive: true });
    this.jump.addEventListener("click", () => this.#follow());
    this.#draw(JSON.parse(this.querySelector('script[type="application/json"]').textContent));
    // Pictures that come later make lines taller.
    this.lines.addEventListener("load", () => this.#isFollowing && this.#scroll(), { capture: true });
    this.#unlisten = listen({
      channels: [{ name: `chat:${account}`, after: Number(after) }],
      byToken: "byToken" in this.dataset,
      on: {
        messages: (_, messages) => this.#draw(messages),
        state: ({ connected }) => this.#showStale(!connected),
        gap: () => this.#append(this.#gap()),
        refused: () => this.remove(),
        closed: () => this.remove(),
      },
    });
  }

  disconnectedCallback() {
    this.#unlisten();
  }

  #draw(messages) {
    for (const message of messages) {
      if (isLine(message)) this.#append(this.#line(message));
      else this.#moderate(message);
    }
    this.#trim();
    if (this.#isFollowing) this.#scroll();
    this.querySelector("[data-empty]").hidden = this.lines.children.length > 0;
  }

  #append(item) {
    this.lines.append(item);
    if (this.#isFollowing) return;
    this.#missed += 1;
    const count = new Intl.NumberFormat(document.documentElement.lang).format(this.#missed);
    slotOf(this.jump, "count").textContent = fill(this.words[this.#missed === 1 ? "new_line" : "new_lines"], { n: count });
    this.jump.hidden = false;
  }

  #line(message) {
    const { data } = message;
    const item = this.querySelector("template[data-line]").content.firstElementChild.cloneNode(true);
    const { name, aside, colour } = line(message, this.words);
    Object.assign(item.dataset, { platform: data.platform, channel: data.channel_id, id: data.id, actor: data.actor.id });
    item.classList.toggle("line--action", Boolean(data.extra.action));
    item.classList.toggle("line--announcement", message.type === "chat.announcement");
    const shown = colour || ownColour(data.actor.id || name);
    item.style.setProperty("--name-on-dark", readable(shown, ON_DARK));
    item.style.setProperty("--name-on-light", readable(shown, ON_LIGHT));
    const where = platform(data.platform);
    slotOf(item, "platform").replaceChildren(...where.icon, hidden(where.name));
    slotOf(item, "badges").replaceChildren(...badges(message).map((badge) => this.#badge(badge)));
    write(item, "name", name);
    write(item, "aside", aside);
    slotOf(item, "text").replaceChildren(
      ...nodes(data.fragments, data.message, { clean: (text) => clean(text, MESSAGE_LENGTH) }),
    );
    const time = slotOf(item, "time");
    time.dateTime = data.occurred_at;
    time.textContent = formatMoment(new Date(data.occurred_at), "time");
    time.title = formatMoment(new Date(data.occurred_at), "exact");
    if (data.origin === "test") slotOf(item, "test").hidden = false;
    if (data.removed) this.#strike(item, data.removed.by);
    return item;
  }

  #badge({ url, title, role }) {
    const address = webAddress(url);
    if (address) {
      const image = document.createElement("img");
      Object.assign(image, { className: "line__badge", alt: title, title, loading: "lazy", referrerPolicy: "no-referrer" });
      image.addEventListener("error", () => image.remove(), { once: true });
      image.src = address;
      return image;
    }
    const template = this.querySelector(`template[data-role="${CSS.escape(role)}"]`);
    return template ? template.content.firstElementChild.cloneNode(true) : "";
  }

  #moderate(message) {
    const by = message.data.extra.moderator;
    for (const item of this.lines.children) {
      if (item.dataset.id !== undefined && takesOut(message, item.dataset)) this.#strike(item, by);
    }
  }

  #strike(item, by) {
    if (item.classList.contains("line--removed")) return;
    item.classList.add("line--removed");
    write(item, "removed", removal(by, this.words));
  }

  #gap() {
    const item = document.createElement("li");
    item.className = "line line--gap";
    item.textContent = this.words.missed;
    return item;
  }

  #trim() {
    const most = this.#isFollowing ? MOST_LINES : MOST_READING;
    while (this.lines.children.length > most) this.lines.firstElementChild.remove();
  }

  #scroll() {
    this.lines.scrollTop = this.lines.scrollHeight;
  }

  /** Whoever scrolls up reads; whoever comes back to the end follows. */
  #look() {
    const { scrollTop, clientHeight, scrollHeight } = this.lines;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - AT_END;
    if (isAtEnd === this.#isFollowing) return;
    this.#isFollowing = isAtEnd;
    if (isAtEnd) this.#caughtUp();
  }

  #follow() {
    this.#isFollowing = true;
    this.#caughtUp();
    this.#trim();
    this.#scroll();
    this.lines.focus({ preventScroll: true }); // the button that had it is gone
  }

  #caughtUp() {
    this.#missed = 0;
    this.jump.hidden = true;
  }

  #showStale(isStale) {
    this.classList.toggle("chat--stale", isStale);
    this.querySelector("[data-stale]").hidden = !isStale;
  }
}

/** A word that only those hear who do not see the icon. */
function hidden(text) {
  const word = document.createElement("span");
  word.className = "visually-hidden";
  word.textContent = text;
  return word;
}

customElements.define("chat-list", ChatList);
