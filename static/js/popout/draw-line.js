/** Draws lines of chat into the template that the server put into the page (`templates/popout/_chat_lines.html`). */
import { formatMoment, formatRowTime } from "../elements/local-time.js";
import { ON_DARK, ON_LIGHT, ownColour, readable } from "../lib/colour.js";
import { nodes, webAddress } from "../lib/fragments.js";
import { pageWords, platform, slotOf, write } from "./draw.js";
import { badges, line, marks, removal } from "./lines.js";
import { MESSAGE_LENGTH, NAME_LENGTH, clean } from "./words.js";

/** The words of a page with chat: the common ones and its own (`events/chat_words.py`). */
export function chatWords() {
  return { ...pageWords(), ...JSON.parse(document.querySelector("#chat-words").textContent) };
}

const MOST_COLOURS = 1_000; // that are kept once they were made readable

export class LineDrawer {
  #colours = new Map();
  #second = ""; // the last time that was written, and how
  #time = "";
  #page;
  #words;
  #template;
  #language = document.documentElement.lang || "en";

  /** `page` is the element that has the templates. */
  constructor(page, words) {
    this.#page = page;
    this.#words = words;
    this.#template = page.querySelector("template[data-line]").content.firstElementChild;
  }

  /** The row of a message. */
  draw(message) {
    const { data } = message;
    const item = this.#template.cloneNode(true);
    const { name, aside, quote, colour } = line(message, this.#words);
    item.dataset.seq = message.seq;
    item.dataset.platform = data.platform;
    item.classList.toggle("line--action", Boolean(data.extra.action));
    const [onDark, onLight] = this.#readable(colour || ownColour(data.actor.id || name));
    item.style.setProperty("--name-on-dark", onDark);
    item.style.setProperty("--name-on-light", onLight);
    const where = platform(data.platform);
    slotOf(item, "platform").replaceChildren(...where.icon, hidden(where.name));
    slotOf(item, "badges").replaceChildren(...badges(message).map((badge) => this.#badge(badge)));
    write(item, "name", name);
    write(item, "aside", aside);
    write(item, "quote", quote);
    slotOf(item, "text").replaceChildren(...pieces(data));
    this.#drawTime(item, data.occurred_at);
    if (data.origin === "test") slotOf(item, "test").hidden = false;
    return item;
  }

  /** Why the row stands out: `watched` is of `watch`, `quiet` the marks that nobody wants to see. */
  mark(item, message, watched, quiet) {
    const found = marks(message, watched).filter((mark) => !quiet.has(mark));
    for (const name of [...item.classList]) if (name.startsWith("line--is-")) item.classList.remove(name);
    for (const mark of found) item.classList.add(`line--is-${mark}`);
    const said = ["first", "first-of-stream"].find((mark) => found.includes(mark));
    write(item, "mark", said ? this.#words[said.replaceAll("-", "_")] : "");
  }

  /** That the row was taken out (`removal` of lines.js), or given back. */
  strike(item, removed) {
    item.classList.toggle("line--removed", removed.act !== "restored");
    write(item, "removed", removal(removed, this.#words, this.#language));
  }

  /** A thin line between two others. */
  between(text) {
    const item = document.createElement("p");
    item.className = "line line--gap";
    item.textContent = text;
    return item;
  }

  #readable(colour) {
    if (this.#colours.size > MOST_COLOURS) this.#colours.clear();
    const known = this.#colours.get(colour) ?? [readable(colour, ON_DARK), readable(colour, ON_LIGHT)];
    this.#colours.set(colour, known);
    return known;
  }

  /** Many lines of a fast chat have the same time, and writing it takes longer than all the rest. */
  #drawTime(item, occurred_at) {
    const second = occurred_at.slice(0, 19);
    if (second !== this.#second) this.#time = formatRowTime(new Date(occurred_at));
    this.#second = second;
    write(item, "time", this.#time);
    slotOf(item, "time").dateTime = occurred_at;
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
    const template = this.#page.querySelector(`template[data-role="${CSS.escape(role)}"]`);
    return template ? template.content.firstElementChild.cloneNode(true) : "";
  }
}

/** What was written, emotes and all. */
export function pieces({ fragments, message }) {
  return nodes(fragments, message, { clean: (text) => clean(text, MESSAGE_LENGTH) });
}

/** The exact time, for whoever points at a row's. */
export function exactly(time) {
  time.title ||= formatMoment(new Date(time.dateTime), "exact");
}

/** Somebody's name, short enough for a sentence. */
export function nameOf({ data: { actor } }) {
  return clean(actor.name || actor.login, NAME_LENGTH);
}

/** A word that only those hear who do not see the icon. */
function hidden(text) {
  const word = document.createElement("span");
  word.className = "visually-hidden";
  word.textContent = text;
  return word;
}
