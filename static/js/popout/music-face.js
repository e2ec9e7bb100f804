/**
 * What the music page says of a state, in the words that the server put into the page (`connections/domain/music_page.py`),
 * and what follows from time alone. Pure functions.
 */
import { MESSAGE_LENGTH, clean, fill } from "./words.js";

const DRIFT = 1000; // ms that our own count may be from the server's before it jumps
/** The states in which nothing is to be seen on air after a while. */
const QUIET = new Set(["paused", "nothing", "private"]);

/** `{title, subtitle, isTrack}`. `time` writes a moment (ISO 8601), `waited`: nobody has known anything for long. */
export function face(data, words, { mayControl, waited = false, time = String }) {
  if (data.trouble) return { ...trouble(data, words, waited, time), isTrack: false };
  if (data.state === "private") return { title: words.private, subtitle: words.private_why, isTrack: false };
  if (data.state === "nothing" || !data.item) {
    return { title: words.nothing, subtitle: mayControl && !data.device ? words.nothing_open : "", isTrack: false };
  }
  const { kind, title, subtitle } = data.item;
  if (kind === "ad" || kind === "unknown") return { title: words[kind], subtitle: words[`${kind}_why`], isTrack: false };
  return {
    title: clean(title, MESSAGE_LENGTH) || words.no_title,
    subtitle: clean(subtitle, MESSAGE_LENGTH),
    isTrack: true,
  };
}

function trouble({ trouble: { code, detail, params }, paused_until: until }, words, waited, time) {
  if (code === "music_not_known" && !waited) return { title: words.asking, subtitle: "" };
  const pattern = words.troubles[code];
  const values = until ? { ...params, time: time(until) } : params;
  return {
    title: words.headings[code] ?? words.no_news,
    subtitle: pattern && params ? fill(pattern, values) : detail,
  };
}

/** Where in the item it is, in ms, as counted since `data` was received; null where nobody knows. Both times are in ms. */
export function progress(data, received, now) {
  if (data.progress_ms === null || !data.item) return null;
  const passed = data.state === "playing" ? Math.max(0, now - received) : 0;
  return Math.min(data.progress_ms + passed, data.item.duration_ms ?? Infinity);
}

/** When what is told now counts from: what was counted so far goes on, unless it is too far off. */
export function counted(before, data, received) {
  if (!before || before.data.state !== data.state || before.data.item?.link !== data.item?.link) return received;
  const shown = progress(before.data, before.received, received);
  if (shown === null || data.progress_ms === null || Math.abs(shown - data.progress_ms) > DRIFT) return received;
  return received - (shown - data.progress_ms);
}

/** "3:20", "1:02:03"; nothing for a length that nobody knows. */
export function clock(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "";
  const seconds = Math.floor(milliseconds / 1000);
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Whether there is nothing that viewers would want to see. */
export function isQuiet({ state }) {
  return QUIET.has(state);
}

/** The state as it will be once the player has done what it was told; what it will say itself replaces this. */
export function expected(data, command) {
  if (command !== "play" && command !== "pause") return data;
  if (data.state !== "playing" && data.state !== "paused") return data;
  const isPlaying = command === "play";
  return { ...data, state: isPlaying ? "playing" : "paused", can: { ...data.can, play: !isPlaying, pause: isPlaying } };
}
