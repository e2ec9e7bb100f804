/** Reading and writing what people type into the fields of the editor. Pure functions. */

/** The variables that a help text names: ["name", "amount"]. */
export function variables(help) {
  return [...help.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name);
}

/** `text` with `piece` in place of what is selected from `start` to `end`. */
export function inserted(text, piece, start, end) {
  return { text: text.slice(0, start) + piece + text.slice(end), caret: start + piece.length };
}

/** "#rrggbb" and percent of a colour "#rrggbb" or "#rrggbbaa". */
export function splitColour(colour) {
  const alpha = colour.length > 7 ? parseInt(colour.slice(7), 16) : 255;
  return { solid: colour.slice(0, 7), percent: Math.round((alpha / 255) * 100) };
}

export function joinColour(solid, percent) {
  const alpha = Math.round((percent / 100) * 255);
  return solid.toLowerCase() + (alpha < 255 ? alpha.toString(16).padStart(2, "0") : "");
}

/** A colour as somebody types it ("fff", "#A970FF80"), or null. */
export function readColour(text) {
  const digits = text.trim().replace(/^#/, "").toLowerCase();
  if (/^[0-9a-f]{3,4}$/.test(digits)) return `#${[...digits].map((digit) => digit + digit).join("")}`;
  return /^([0-9a-f]{6}|[0-9a-f]{8})$/.test(digits) ? `#${digits}` : null;
}

/** What a setting of numbers takes of it, or null. */
export function readNumber(text, { least, most, step }) {
  const number = Number(text);
  if (text.trim() === "" || Number.isNaN(number) || number < least || number > most) return null;
  return step % 1 === 0 && !Number.isInteger(number) ? null : number;
}

/** A moment (ISO 8601) as `<input type="datetime-local">` takes it, in the time zone of the browser; and back. */
export function toLocal(moment) {
  const at = new Date(moment);
  if (!moment || Number.isNaN(at.getTime())) return "";
  const [date, clock] = [
    [String(at.getFullYear()).padStart(4, "0"), at.getMonth() + 1, at.getDate()],
    [at.getHours(), at.getMinutes()],
  ].map((parts) => parts.map((part) => String(part).padStart(2, "0")));
  return `${date.join("-")}T${clock.join(":")}`;
}

export function fromLocal(text) {
  const at = new Date(text);
  return text && !Number.isNaN(at.getTime()) ? at.toISOString() : "";
}

/** Labels in short: "Follow, Sub +3"; `none` for none of them. */
export function listed(labels, none, most = 2) {
  if (!labels.length) return none;
  const more = labels.length - most;
  return labels.slice(0, most).join(", ") + (more > 0 ? ` +${more}` : "");
}

/** "3.4 MB". */
export function bytes(number, language) {
  const [unit, size] = number < 1e6 ? ["kilobyte", number / 1e3] : ["megabyte", number / 1e6];
  const digits = { maximumFractionDigits: size < 10 ? 1 : 0 };
  return new Intl.NumberFormat(language, { style: "unit", unit, ...digits }).format(size);
}
