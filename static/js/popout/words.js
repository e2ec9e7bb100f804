/**
 * What a popout says about what arrives, in the words that the server put into the page (`tokens/domain/feed.py`,
 * where the same rules are written for the first paint). Pure functions: text in, text out.
 */

export const NAME_LENGTH = 80;
export const MESSAGE_LENGTH = 1000;

const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g; // embeddings, overrides, isolates
const MARKS = /(\p{M}{4})\p{M}+/gu; // four combining marks serve every script, more climb over other rows

/** Text of a stranger, fit to stand beside ours. */
export function clean(text, limit) {
  const letters = Array.from(String(text ?? "").slice(0, limit * 8).replace(DIRECTIONS, "").replace(MARKS, "$1"));
  return letters.slice(0, limit).join("") + (letters.length > limit ? "…" : "");
}

/** Puts `values` into the {places} of `pattern`. */
export function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** "1,284 viewers": the number alone for a unit without words, nothing without a number. */
export function amount(number, unit, words, language) {
  if (number === null || number === undefined) return "";
  const shown = new Intl.NumberFormat(language).format(number);
  const forms = words.units[unit];
  return forms ? fill(forms[number === 1 ? 0 : 1], { n: shown }) : shown;
}

/** Who did it. */
export function actor(person, words) {
  if (person.anonymous) return words.anonymous;
  return clean(person.name || person.login, NAME_LENGTH) || words.anonymous;
}

/** Every place of a row, as text; an empty one is not drawn. */
export function row({ data }, words, language) {
  return {
    actor: actor(data.actor, words),
    amount: amount(data.amount, data.unit, words, language),
    tier: data.extra.tier ? fill(words.tier, { n: data.extra.tier }) : "",
    message: clean(data.message, MESSAGE_LENGTH),
  };
}

/** How long a stream has run: "2 h 13 min". Nothing for a start that is unknown. */
export function duration(since, now, words) {
  const started = Date.parse(since);
  if (Number.isNaN(started)) return "";
  const minutes = Math.max(0, Math.floor((now - started) / 60_000));
  return minutes < 60
    ? fill(words.minutes, { m: minutes })
    : fill(words.hours, { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** How long ago something was: "now", "3 minutes ago"; never in the future, whatever the clocks say. */
export function ago(moment, now, language) {
  const seconds = Math.max(0, Math.floor((now - moment) / 1000));
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  if (seconds < 60) return words.format(0, "second");
  if (seconds < 3600) return words.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86_400) return words.format(-Math.floor(seconds / 3600), "hour");
  return words.format(-Math.floor(seconds / 86_400), "day");
}
