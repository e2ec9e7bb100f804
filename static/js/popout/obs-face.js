/**
 * What the OBS page says of a state, in the words that the server put into the page (`integrations/domain/obs_page.py`,
 * where the rules of the first paint are written too), and what follows from time alone. Pure functions.
 */
import { NAME_LENGTH, clean, fill } from "./words.js";

/** ms without news after which nobody can know how OBS is: its numbers come every two seconds. */
export const STALE_AFTER = 10_000;
const HIDDEN = "(hidden)";
const LINKED = new Set(["connected", "limited"]);

/** How the connection is: `{heading, text}`. */
export function link(data, words) {
  if (!data) return { heading: words.none, text: words.none_why };
  if (!data.trouble) return { heading: words.links[data.link], text: words.links_why[data.link] ?? "" };
  const { code, detail, params } = data.trouble;
  const pattern = words.troubles[code];
  return { heading: words.headings[code] ?? words.no_link, text: pattern && params ? fill(pattern, params) : detail };
}

/**
 * Whether what is shown may be believed and acted upon. `heard`: when anything was told of it last; both in ms. Over a
 * limited link there are no numbers that would show life: there the server says when it is over.
 */
export function isFresh(data, heard, now) {
  if (!data || !LINKED.has(data.link) || data.is_changing) return false;
  return data.link === "limited" || now - heard < STALE_AFTER;
}

/** What is shown while there is no connection: what was known last, to be greyed, under what is wrong now. */
export function remembered(before, data) {
  const isOver = LINKED.has(data.link) || data.trouble?.code === "tool_switched_off";
  if (isOver || !before?.scenes.length) return data;
  const { link: state, trouble, label, via } = data;
  return { ...before, link: state, trouble, label, via, is_changing: false };
}

/** The scenes to show: those that their streamer marks "(hidden)" only while they are seen. */
export function scenes({ scenes: all, program, preview, switching_to: coming }) {
  const seen = new Set([program, preview, coming]);
  return all.filter(({ name }) => seen.has(name) || !name.toLowerCase().includes(HIDDEN));
}

/** A name from OBS, fit to stand beside our words. */
export function named(name) {
  return clean(name, NAME_LENGTH);
}

/** Which OBS is shown, of the states by id: the one that was chosen (id or label), else one that is there, else any. */
export function choose(states, wanted) {
  const all = sorted(states);
  const label = wanted?.toLowerCase();
  return (
    all.find((data) => data.integration === wanted || data.label.toLowerCase() === label) ??
    all.find(({ link: state }) => LINKED.has(state)) ??
    all[0] ??
    null
  );
}

export function sorted(states) {
  return [...states.values()].sort((one, other) => one.label.localeCompare(other.label));
}

// Outputs

const BUTTONS = {
  stream: { off: ["start"], starting: ["stop"], on: ["stop"], reconnecting: ["stop"], stopping: ["stop"] },
  record: { off: ["start"], starting: ["stop"], on: ["pause", "stop"], paused: ["resume", "stop"], stopping: ["stop"] },
  replay: { off: ["start"], on: ["save", "stop"], unavailable: [] },
  camera: { off: ["start"], on: ["stop"], unavailable: [] },
};

/** Which buttons an output has now: parts of `ObsAct` after the dot. */
export function buttons(output, { state }) {
  return BUTTONS[output][state] ?? [];
}

/** Seconds that an output runs; null for one that does not, or of which nobody knows. `now`: ms by the server's clock. */
export function running(output, { [output]: told, read_at: readAt }, now) {
  if (!["on", "paused", "stopping"].includes(told.state)) return null;
  if (output === "record") return told.seconds + (told.state === "paused" ? 0 : since(readAt, now));
  return told.since ? since(told.since, now) : null;
}

function since(moment, now) {
  return Math.max(0, (now - Date.parse(moment)) / 1000);
}

/** Whether OBS was starting it and has given up: it says so nowhere else, its own window shows why. */
export function gaveUp(before, after) {
  return before?.state === "starting" && after.state === "off";
}

// What was asked for, and whether it has come

const DONE = {
  "scene.program": ({ scene }, data) => data.program === scene,
  "scene.preview": ({ scene }, data) => data.preview === scene,
  "studio.mode": ({ on }, data) => data.studio_mode === on,
  "transition.select": ({ transition }, data) => data.transition.name === transition,
  "transition.duration": ({ duration_ms: length }, data) => data.transition.duration_ms === length,
  "source.visible": ({ scene, item, visible }, data) =>
    [[data.program, data.items], [data.preview, data.preview_items]].some(([name, items]) =>
      items.some(({ id, group, visible: is }) => id === item && (group ?? name) === scene && is === visible),
    ),
  "input.mute": ({ input, muted }, data) => data.inputs.some(({ name, muted: is }) => name === input && is === muted),
  "stream.start": (_, { stream }) => stream.state !== "off",
  "stream.stop": (_, { stream }) => ["off", "stopping"].includes(stream.state),
  "record.start": (_, { record }) => record.state !== "off",
  "record.stop": (_, { record }) => ["off", "stopping"].includes(record.state),
  "record.pause": (_, { record }) => record.state !== "on",
  "record.resume": (_, { record }) => record.state !== "paused",
  "replay.start": (_, { replay }) => replay.state !== "off",
  "replay.stop": (_, { replay }) => replay.state !== "on",
  "camera.start": (_, { camera }) => camera.state !== "off",
  "camera.stop": (_, { camera }) => camera.state !== "on",
};

/** Whether the state shows what was asked for; of what it cannot show, OBS's yes is all there is. */
export function isDone({ act, ...asked }, data) {
  return DONE[act]?.(asked, data) ?? true;
}
