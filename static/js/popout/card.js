/** The user card: who somebody is, what they wrote and what was done about it, notes, and what can be done now. */
import { formatMoment } from "../elements/local-time.js";
import { webAddress } from "../lib/fragments.js";
import { Acts } from "./acts.js";
import { addressOf, call, why } from "./api.js";
import { platform, slotOf, write } from "./draw.js";
import { pieces } from "./draw-line.js";
import { removal } from "./lines.js";
import { button } from "./toasts.js";
import { NAME_LENGTH, amount, clean, fill } from "./words.js";

const NOTE_LENGTH = 2_000;
const WITH_REASONS = ["delete", "timeout", "ban", "unban"];

export class Card {
  #dialog;
  #words;
  #language;
  #subject = null;
  #opened = 0; // how many times, so that a late answer is not put onto another's card
  #acts;

  /** `dialog` is the card of the page; `run(act, subject, details)` does something and says whether it was done. */
  constructor(dialog, { words, language, presets, run, toasts }) {
    this.#dialog = dialog;
    this.#words = words;
    this.#language = language;
    this.toasts = toasts;
    const done = async (act, subject, details) => {
      if (await run(act, subject, details)) this.#load();
    };
    this.#acts = new Acts(dialog.querySelector("[data-acts-here] .acts"), { words, language, presets, run: done });
    dialog.querySelector("[data-note-form]").addEventListener("submit", (event) => this.#addNote(event));
    dialog.addEventListener("click", (event) => {
      const isBeside = event.target === dialog && event.offsetX < 0;
      if (isBeside || event.target.closest("[data-close]")) dialog.close();
    });
  }

  /** Open for `subject`, `{platform, id, name, login}`, on `channel` of the desk. */
  open(subject, channel) {
    this.#subject = { ...subject, line: null };
    this.channel = channel;
    this.#clear();
    this.#dialog.showModal();
    this.#load();
  }

  #clear() {
    const { platform: slug, name, login } = this.#subject;
    const where = platform(slug);
    slotOf(this.#dialog, "platform").replaceChildren(...where.icon);
    write(this.#dialog, "platform_name", where.name);
    write(this.#dialog, "name", name);
    write(this.#dialog, "login", login && login !== name ? `@${login}` : "");
    this.#dialog.querySelector("[data-avatar]").hidden = true;
    this.#dialog.querySelector("[data-page]").hidden = true;
    for (const slot of ["facts", "actions", "notes", "messages", "reasons"]) slotOf(this.#dialog, slot).replaceChildren();
    for (const part of ["notes", "actions", "messages"]) this.#part(part).hidden = true;
    for (const slot of ["problem", "total"]) write(this.#dialog, slot, "");
    this.#show(this.channel?.acts ?? {});
  }

  async #load() {
    const opened = (this.#opened += 1);
    this.#dialog.setAttribute("aria-busy", "true");
    try {
      const told = await call("GET", addressOf(this.#subject));
      if (opened === this.#opened) this.#draw(told);
    } catch (error) {
      if (opened === this.#opened) write(this.#dialog, "problem", why(error));
    }
    if (opened === this.#opened) this.#dialog.removeAttribute("aria-busy");
  }

  #draw({ viewer, profile, profile_problem, messages, messages_total, actions, notes, acts }) {
    write(this.#dialog, "name", clean(viewer.name || viewer.login, NAME_LENGTH));
    write(this.#dialog, "login", viewer.login && viewer.login !== viewer.name ? `@${clean(viewer.login, NAME_LENGTH)}` : "");
    write(this.#dialog, "problem", profile_problem?.detail ?? "");
    this.#picture(profile?.avatar_url || viewer.avatar);
    this.#page(profile?.page_url);
    this.#facts(viewer, profile);
    this.#show(acts ?? this.channel?.acts ?? {});
    this.#fill("actions", actions.map((action) => this.#action(action)));
    this.#fill("messages", messages.map((message) => this.#message(message)));
    const [one, more] = this.#words.messages;
    write(this.#dialog, "total", fill(messages_total === 1 ? one : more, { n: this.#number(messages_total) }));
    this.#part("notes").hidden = notes === null;
    slotOf(this.#dialog, "notes").replaceChildren(...(notes ?? []).map((note) => this.#note(note)));
  }

  /** What can be done, and in words why not what cannot. */
  #show(acts) {
    const channel = { acts, timeouts: this.channel?.timeouts ?? null };
    const isAny = this.#acts.show(this.#subject, channel);
    this.#dialog.querySelector("[data-acts-here]").hidden = !isAny;
    const missing = WITH_REASONS.filter((act) => acts[act] && !acts[act].possible && acts[act].why);
    const byReason = new Map();
    for (const act of missing) byReason.set(acts[act].why, [...(byReason.get(acts[act].why) ?? []), this.#words[act]]);
    const told = [...byReason].map(([reason, names]) => item(fill(this.#words.with_reason, { what: names.join(", "), reason })));
    slotOf(this.#dialog, "reasons").replaceChildren(...told);
  }

  #part(name) {
    return this.#dialog.querySelector(`[data-part="${name}"]`);
  }

  #fill(name, items) {
    this.#part(name).hidden = !items.length;
    slotOf(this.#dialog, name).replaceChildren(...items);
  }

  #picture(url) {
    const image = this.#dialog.querySelector("[data-avatar]");
    const address = webAddress(url);
    image.hidden = !address;
    if (address) image.src = address;
    image.onerror = () => { image.hidden = true; };
  }

  #page(url) {
    const link = this.#dialog.querySelector("[data-page]");
    const address = webAddress(url);
    link.hidden = !address;
    if (address) link.href = address;
  }

  #facts(viewer, profile) {
    const labels = this.#dialog.querySelector("template[data-facts]").content;
    const told = {
      created_at: profile ? this.#moment(profile.created_at, this.#words.unknown_moment) : "",
      followed_at: profile ? this.#moment(profile.followed_at, this.#words.no_follow) : "",
      first_seen_at: this.#moment(viewer.first_seen_at),
      first_message_at: this.#moment(viewer.first_message_at),
      last_seen_at: this.#moment(viewer.last_seen_at),
      id: viewer.id,
    };
    const rows = Object.entries(told).filter(([, text]) => text).map(([name, text]) => {
      const row = labels.querySelector(`[data-fact="${name}"]`).cloneNode(true);
      row.querySelector("dd").textContent = text;
      return row;
    });
    slotOf(this.#dialog, "facts").replaceChildren(...rows);
  }

  #action({ act, at, by, seconds, reason }) {
    const told = removal({ act: act === "unban" ? "restored" : act, seconds, by }, this.#words, this.#language);
    return item(told, this.#moment(at), clean(reason ?? "", NAME_LENGTH));
  }

  #message({ data }) {
    const row = item("", this.#moment(data.occurred_at));
    const text = document.createElement("bdi");
    text.append(...pieces(data));
    row.append(text);
    row.classList.toggle("usercard__row--removed", Boolean(data.removed));
    return row;
  }

  #note({ id, text, by, at }) {
    const row = item(clean(text, NOTE_LENGTH), this.#moment(at), clean(by?.name ?? "", NAME_LENGTH));
    row.append(button(this.#words.remove, () => this.#change("DELETE", `/v1/chat/notes/${id}`)));
    return row;
  }

  async #addNote(event) {
    event.preventDefault();
    const field = event.target.elements.text;
    const text = field.value.trim();
    field.value = ""; // at once: pressed twice, it is one note
    if (!(await this.#change("POST", `${addressOf(this.#subject)}/notes`, { text }))) field.value ||= text;
  }

  async #change(method, path, body) {
    try {
      await call(method, path, body);
      await this.#load();
      return true;
    } catch (error) {
      write(this.#dialog, "problem", why(error));
      return false;
    }
  }

  #moment(iso, otherwise = "") {
    return iso ? formatMoment(new Date(iso), "datetime") : otherwise;
  }

  #number(n) {
    return amount(n, "", this.#words, this.#language);
  }
}

/** A row of the card: a text, with when and by whom in small. */
function item(text, ...small) {
  const row = document.createElement("li");
  row.className = "usercard__row";
  const aside = small.filter(Boolean).join(" · ");
  if (aside) {
    const told = document.createElement("small");
    told.textContent = aside;
    row.append(told);
  }
  if (text) {
    const said = document.createElement("bdi");
    said.textContent = text;
    row.append(said);
  }
  return row;
}
