/** Loudness and the numbers of OBS, as places and words. Pure functions. */

// Sound: the curve of OBS's own faders (`log_db_to_def` in obs-audio-controls.c): 0 dB at the end, silence at -96 dB

const OFFSET = 6;
const RANGE = 96 + OFFSET;
export const SILENCE = -100;

/** Where the fader stands, from 0 to 1. */
export function fader(db) {
  if (db >= 0) return 1;
  if (db <= OFFSET - RANGE) return 0;
  return Math.log(RANGE / (OFFSET - db)) / Math.log(RANGE / OFFSET);
}

/** What a fader that stands there means, in dB with one decimal. */
export function decibels(place) {
  if (place <= 0) return SILENCE;
  if (place >= 1) return 0;
  return Math.round((OFFSET - RANGE * (OFFSET / RANGE) ** place) * 10) / 10;
}

/** "−3.2 dB", "−∞ dB". */
export function loudness(db, language) {
  if (db === null || db <= OFFSET - RANGE) return "−∞ dB";
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" };
  return `${new Intl.NumberFormat(language, digits).format(db).replace("-", "−")} dB`;
}

// Numbers, with the limits of OBS's own window of statistics where it has some

const above = (warn, bad) => (value) => (value >= bad ? "bad" : value >= warn ? "warn" : "ok");
const below = (warn, bad) => (value) => (value < bad ? "bad" : value < warn ? "warn" : "ok");
const FRAMES = above(1, 5); // percent

/**
 * The numbers to show, each `{name, text, tone}` with the tone ok, warn or bad. `best`: the most frames a second that
 * were seen, as OBS does not tell how many there should be.
 */
export function figures(stats, best, language) {
  const number = (value, digits = 0) =>
    new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
  const percent = (value) => `${number(value, 1)} %`;
  const gigabytes = (value) => `${number(value / 1024, value < 100 * 1024 ? 1 : 0)} GB`;
  const all = [
    ["fps", stats.fps, (value) => number(value, value % 1 ? 1 : 0), below(best * 0.95, best * 0.8)],
    ["cpu", stats.cpu, percent, above(60, 85)],
    ["lagged", stats.lagged_percent, percent, FRAMES],
    ["skipped", stats.skipped_percent, percent, FRAMES],
    ["dropped", stats.dropped_percent, percent, FRAMES],
    ["bitrate", stats.bitrate_kbps, (value) => `${number(value)} kbit/s`, (value) => bitrate(value, stats.congestion)],
    ["disk", stats.free_disk_mb, gigabytes, below(5 * 1024, 1024)],
  ];
  return all
    .filter(([, value]) => typeof value === "number")
    .map(([name, value, write, tone]) => ({ name, text: write(value), tone: tone(value) }));
}

/** Nothing arrives, or the way there is full (`congestion`: 0 to 1). */
function bitrate(value, congestion) {
  return value <= 0 ? "bad" : above(0.3, 0.7)(congestion ?? 0);
}
