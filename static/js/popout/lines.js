/** What a line of chat says besides its message. Pure functions: what the socket sends in, text out. */
import { MESSAGE_LENGTH, NAME_LENGTH, actor, amount, clean, fill, name } from "./words.js";

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
const QUOTE_LENGTH = 120;

/** Whether it is a line, and not something that happens to lines. */
export function isLine({ type }) {
  return SAID.has(type);
}

/** Whether what was moderated takes the line out. */
export function takesOut({ type, data }, line) {
  if (!isIn(data, line)) return false;
  if (type === "chat.message_deleted") return line.id !== "" && line.id === data.extra.message_id;
  if (type === "chat.user_cleared") return isOf(data, line);
  return type === "chat.cleared";
}

/** Whether somebody's timeout or ban was lifted, and with it what that took out. */
export function restores({ type, data }, line) {
  return type === "chat.user_restored" && isIn(data, line) && isOf(data, line);
}

function isIn(data, line) {
  return line.platform === data.platform && line.channel === data.channel_id;
}

function isOf(data, line) {
  return line.actor !== "" && line.actor === data.actor.id;
}

/** How what was moderated took a line out: `{act, seconds, by}`; `act` is "" where nobody tells. */
export function removalOf({ type, data }) {
  const act = type === "chat.message_deleted" ? "delete" : (data.extra.act ?? "");
  return { act, seconds: data.extra.seconds ?? null, by: data.extra.moderator ?? null };
}

/** The same of a line that had been taken out before it came to the page; null for one that stands. */
export function removalBefore({ data: { removed } }) {
  return removed ? { act: removed.act ?? "", seconds: removed.seconds ?? null, by: removed.by ?? null } : null;
}

/** "timed out for 10 minutes by Otto", "deleted by Otto", "removed" where nobody tells more. */
export function removal({ act, seconds, by }, words, language) {
  const key = { delete: "deleted", timeout: "timed_out", ban: "banned", restored: "restored" }[act] ?? "removed";
  const who = name(by);
  const values = { name: who, time: amount(seconds, "seconds", words, language) };
  if (key === "timed_out" && !values.time) return removal({ act: "", by }, words, language);
  return fill(words[who ? `${key}_by` : key], values);
}

/** Who wrote it, from which channel of a shared chat, what it answers, and its author's colour ("" for none). */
export function line({ data }, words) {
  const { colour, name_colour, reply, source } = data.extra;
  const said = (key, person) => (name(person) ? fill(words[key], { name: name(person) }) : "");
  const quoted = clean(reply?.text, QUOTE_LENGTH);
  return {
    name: actor(data.actor, words),
    aside: said("from", source),
    quote: quoted && name(reply) ? fill(words.quote, { name: name(reply), text: quoted }) : said("answers", reply),
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

/**
 * Why a line stands out, as names that are also those of its classes (`line--mention`). `watched` are the patterns of
 * `watch`.
 */
export function marks({ type, data }, watched) {
  const { extra, message } = data;
  const roles = new Set(badges({ data }).map(({ role }) => role));
  const found = {
    announcement: type === "chat.announcement",
    mention: isMention(data, watched),
    first: extra.first === true,
    "first-of-stream": extra.first_of_stream === true,
    keyword: Boolean(watched.keywords?.test(message)),
    paid: data.amount > 0,
    team: roles.has("moderator") || roles.has("broadcaster"),
    vip: roles.has("vip"),
    subscriber: roles.has("subscriber"),
  };
  return Object.keys(found).filter((mark) => found[mark]);
}

/** What is looked for in messages: names that mean the streamer, and words that somebody wants to see. */
export function watch(names, keywords) {
  return { names: new Set(names.map((one) => one.toLowerCase())), mentions: anyOf(names), keywords: anyOf(keywords) };
}

function isMention({ fragments, message }, { names, mentions }) {
  const isNamed = ({ type, login, name: shown }) =>
    type === "mention" && [login, shown].some((one) => one && names.has(one.toLowerCase()));
  return Boolean((fragments ?? []).some(isNamed) || mentions?.test(message));
}

/** A pattern of whole words; null for no words. */
function anyOf(words) {
  const wanted = words.map((word) => word.trim()).filter(Boolean);
  if (!wanted.length) return null;
  const escaped = wanted.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${escaped.join("|")})(?![\\p{L}\\p{N}_])`, "iu");
}

/** Whether a search finds the line: every word of it in who wrote it or in what they wrote. */
export function isFound({ data }, search) {
  const text = `${data.actor.name} ${data.actor.login} ${clean(data.message, MESSAGE_LENGTH)}`.toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
