/** What a line of chat says besides its message. Pure functions: what the socket sends in, text out. */
import { NAME_LENGTH, actor, clean, fill, name } from "./words.js";

const SAID = new Set(["chat.message", "chat.announcement"]);
// Badges that say who somebody is in this channel, by the names that the platforms have for them.
const ROLES = {
  broadcaster: "broadcaster",
  owner: "broadcaster",
  streamer: "broadcaster",
  moderator: "moderator",
  lead_moderator: "moderator",
  mod: "moderator",
  vip: "vip",
  subscriber: "subscriber",
  founder: "subscriber",
  member: "subscriber",
};

/** Whether it is a line, and not something that happens to lines. */
export function isLine({ type }) {
  return SAID.has(type);
}

/** Whether what was moderated takes the line out. */
export function takesOut({ type, data }, line) {
  if (line.platform !== data.platform || line.channel !== data.channel_id) return false;
  if (type === "chat.message_deleted") return line.id === data.extra.message_id;
  if (type === "chat.user_cleared") return line.actor !== "" && line.actor === data.actor.id;
  return type === "chat.cleared";
}

/** "removed by Otto"; "removed" where nobody is named. `by` is somebody, or {}. */
export function removal(by, words) {
  const who = by?.id ? name(by) : "";
  return who ? fill(words.removed_by, { name: who }) : words.removed;
}

/** Who wrote it, whom it answers and from which channel of a shared chat, and its author's colour ("" for none). */
export function line({ data }, words) {
  const { colour, name_colour, reply, source } = data.extra;
  const said = (key, person) => (name(person) ? fill(words[key], { name: name(person) }) : "");
  return {
    name: actor(data.actor, words),
    aside: [said("answers", reply), said("from", source)].filter(Boolean).join(" · "),
    colour: name_colour || (/^#/.test(colour ?? "") ? colour : ""),
  };
}

/** The badges as `{url, title, role}`: a picture, or a role that the page has an icon for; the others go without. */
export function badges({ data }) {
  const drawn = (data.extra.badges ?? []).map(({ set, url, title }) => ({
    url: url ?? "",
    title: clean(title || set, NAME_LENGTH),
    role: ROLES[set] ?? "",
  }));
  return drawn.filter(({ url, role }) => url || role);
}
