/** Completing names after `@` and emotes after `:`. Pure functions, and what was seen so far. */

const MOST = 8; // suggestions at a time
const MOST_SEEN = 500;
const BEGUN = /(?:^|\s)([@:])([^\s@:]{0,40})$/u;

/** What is being written at the end of `before` (the text up to the caret): `{sign, part, from}`, or null. */
export function begun(before) {
  const found = BEGUN.exec(before);
  if (!found) return null;
  const [, sign, part] = found;
  if (part.length < (sign === "@" ? 1 : 2)) return null; // a lone colon is a smiley more often than an emote
  return { sign, part, from: before.length - part.length - 1 };
}

/** `text` with the suggestion in place of what was begun, and where the caret is then. */
export function completed(text, caret, { sign, from }, suggestion) {
  const word = `${sign === "@" ? "@" : ""}${suggestion} `;
  return { text: text.slice(0, from) + word + text.slice(caret).replace(/^ /, ""), caret: from + word.length };
}

/** Names or emotes as they are seen, the newest known best and the oldest forgotten. */
export class Seen {
  #known = new Map(); // by what is written, in small letters

  /** `text` is what is written, `picture` the address of an emote. */
  add(text, picture = "") {
    const key = text.toLowerCase();
    this.#known.delete(key);
    this.#known.set(key, { text, picture });
    if (this.#known.size > MOST_SEEN) this.#known.delete(this.#known.keys().next().value);
  }

  /** What fits, that which begins with it first, and of those the newest. */
  suggest(part) {
    const wanted = part.toLowerCase();
    const fits = [...this.#known].reverse().filter(([key]) => key.includes(wanted));
    const begins = ([key]) => Number(!key.startsWith(wanted));
    return fits
      .sort((one, other) => begins(one) - begins(other))
      .slice(0, MOST)
      .map(([, known]) => known);
  }
}
