/**
 * The merged chat. What a moderator takes out is gone at once, and what waits to be shown never comes. Links are text and
 * nothing can be clicked: this is a picture for viewers.
 */
import { ON_DARK, ownColour, readable } from "../../lib/colour.js";
import { nodes, webAddress } from "../../lib/fragments.js";
import { badges, isLine, line, takesOut } from "../../popout/lines.js";
import { MESSAGE_LENGTH, clean } from "../../popout/words.js";
import { Layer, make } from "./layer.js";
import { isOf, platformIcon } from "./list.js";
import { enter, leave } from "./motion.js";
import * as samples from "./samples.js";

const LOOK = 250; // ms between two looks at what is due
const SECOND = 1000;
const MOST_COLOURS = 500;

export class ChatBoxLayer extends Layer {
  #waiting = []; // `{message, due}`: held back, in order
  #shown = []; // `{message, item, until}`, oldest first
  #clock = 0;
  #colours = new Map();
  #lines = make("div", "chat");

  constructor(element, context) {
    super(element, context);
    element.replaceChildren(this.#lines);
  }

  /** Everything anew: what is not wanted any more goes, what was not wanted before does not come back. */
  draw() {
    const messages = this.#shown.map(({ message }) => message);
    for (const { item } of this.#shown.splice(0)) item.remove();
    for (const message of messages) if (this.#isWanted(message)) this.#show(message, { moves: false });
    this.#look();
  }

  hear(channel, message) {
    if (channel !== "chat") return;
    if (!isLine(message)) this.#takeOut(message);
    else if (this.#isWanted(message)) this.#await(message);
  }

  sample() {
    for (const { item } of this.#shown.splice(0)) item.remove();
    const messages = samples.chat(this.context.words, this.context.now());
    for (const message of messages) if (this.#isWanted(message)) this.#show(message, { moves: false });
  }

  stop() {
    clearInterval(this.#clock);
  }

  #isWanted({ data }) {
    const { platforms, hide_commands: hideCommands, hide_names: hidden } = this.config;
    if (!isOf(platforms, data.platform)) return false;
    if (hideCommands && data.message.startsWith("!")) return false;
    const names = [data.actor.name, data.actor.login].map((name) => (name ?? "").toLowerCase());
    return !hidden.split("\n").some((one) => one.trim() && names.includes(one.trim().toLowerCase()));
  }

  /** A message of a moment ago is held back; one that was said before the page opened has waited long enough. */
  #await(message) {
    const now = this.context.now();
    const said = Math.min(Date.parse(message.data.occurred_at), now);
    const due = said + this.config.hold_back * SECOND;
    if (due <= now && !this.#waiting.length) this.#show(message);
    else this.#waiting.push({ message, due });
    this.#look();
  }

  /** Show what is due and take away what is over, for as long as there is something to look at. */
  #look() {
    const now = this.context.now();
    while (this.#waiting.length && this.#waiting[0].due <= now) this.#show(this.#waiting.shift().message);
    while (this.#shown.length && this.#shown[0].until <= now) this.#fade(this.#shown.shift().item);
    const isBusy = this.#waiting.length > 0 || (this.config.hide_after > 0 && this.#shown.length > 0);
    if (isBusy) {
      this.#clock ||= setInterval(() => this.#look(), LOOK);
    } else {
      clearInterval(this.#clock);
      this.#clock = 0;
    }
  }

  #show(message, { moves = true } = {}) {
    const { hide_after: hideAfter, hold_back: heldBack, most, motion_in: motion } = this.config;
    const now = this.context.now();
    const said = Math.min(Date.parse(message.data.occurred_at), now);
    const until = hideAfter ? said + (heldBack + hideAfter) * SECOND : Infinity;
    if (until <= now) return;
    const item = this.#draw(message);
    this.#lines.append(item);
    this.#shown.push({ message, item, until });
    if (this.#shown.length > most) this.#shown.shift().item.remove();
    if (moves && !document.hidden) enter(item, motion);
  }

  #fade(item) {
    setTimeout(() => item.remove(), leave(item, "fade"));
  }

  #takeOut(removal) {
    const stays = ({ message }) => !takesOut(removal, of(message));
    this.#waiting = this.#waiting.filter(stays);
    for (const one of this.#shown) if (!stays(one)) one.item.remove();
    this.#shown = this.#shown.filter(stays);
  }

  #draw(message) {
    const { data } = message;
    const { name, colour } = line(message, this.context.words);
    const { show_badges: showBadges, show_platform: showPlatform, show_time: showTime } = this.config;
    const item = make("div", "chat-line");
    item.dataset.platform = data.platform;
    item.classList.toggle("chat-line--action", Boolean(data.extra.action));
    item.classList.toggle("chat-line--announcement", message.type === "chat.announcement");
    if (showTime) item.append(make("span", "chat-line__time", this.#time(data.occurred_at)));
    if (showPlatform) item.append(platformIcon(data.platform));
    if (showBadges) item.append(...badges(message).map(drawBadge));
    const author = make("bdi", "chat-line__name", name);
    author.style.color = this.#readable(colour || ownColour(data.actor.id || name));
    const text = make("bdi", "chat-line__text", ...nodes(withoutLinks(data.fragments), data.message, { clean: cleaned }));
    item.append(author, make("span", "chat-line__colon", data.extra.action ? " " : ": "), text);
    return item;
  }

  #readable(colour) {
    if (this.#colours.size > MOST_COLOURS) this.#colours.clear();
    if (!this.#colours.has(colour)) this.#colours.set(colour, readable(colour, ON_DARK));
    return this.#colours.get(colour);
  }

  #time(moment) {
    const options = { hour: "2-digit", minute: "2-digit", timeZone: this.context.timeZone };
    return new Intl.DateTimeFormat(this.context.language, options).format(new Date(moment));
  }
}

/** What `takesOut` compares. */
function of({ data }) {
  return { platform: data.platform, channel: data.channel_id, id: data.id, actor: data.actor.id ?? "" };
}

function withoutLinks(fragments) {
  return (fragments ?? []).map((piece) => (piece.type === "link" ? { type: "text", text: piece.text } : piece));
}

function cleaned(text) {
  return clean(text, MESSAGE_LENGTH);
}

/** The picture of a badge, else the mark of a role that the page has; else nothing. */
function drawBadge({ url, title, role }) {
  const address = webAddress(url);
  if (!address) {
    const template = document.querySelector(`template[data-role="${CSS.escape(role)}"]`);
    return template ? template.content.firstElementChild.cloneNode(true) : "";
  }
  const image = make("img", "chat-line__badge");
  Object.assign(image, { alt: title, decoding: "async", referrerPolicy: "no-referrer" });
  image.addEventListener("error", () => image.remove(), { once: true });
  image.src = address;
  return image;
}
