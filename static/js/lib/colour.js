/** Names in the colours that viewers chose, readable on whatever they stand. After WCAG 2: contrast of at least 4.5. */

export const ON_DARK = "#17171d"; // about what names stand on (`static/css/tokens.css`), on its worse side
export const ON_LIGHT = "#f4f4f7";

const ENOUGH = 4.5;
const STEPS = 20;
// For those who chose none: each viewer keeps theirs.
const OWN = ["#ff6b81", "#ff9f43", "#e8c547", "#5bd18b", "#3ec6c0", "#5aa9f5", "#9b8cff", "#e07be0"];

/** The colour, lightened or darkened as far as it has to be to be read on `background`. Both are "#rrggbb". */
export function readable(colour, background) {
  const from = parse(colour);
  if (!from) return readable(OWN[0], background);
  const below = luminance(parse(background));
  const to = below < 0.5 ? [255, 255, 255] : [0, 0, 0];
  for (let step = 0; step < STEPS; step += 1) {
    const mixed = from.map((part, place) => Math.round(part + ((to[place] - part) * step) / STEPS));
    if (contrast(luminance(mixed), below) >= ENOUGH) return text(mixed);
  }
  return text(to);
}

/** The colour for somebody who chose none, by anything that names them. */
export function ownColour(name) {
  let sum = 0;
  for (const letter of String(name)) sum = (sum * 31 + letter.codePointAt(0)) % 65_521;
  return OWN[sum % OWN.length];
}

/** Contrast of two colours, 1 to 21. */
export function contrastOf(one, other) {
  return contrast(luminance(parse(one)), luminance(parse(other)));
}

function contrast(one, other) {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

function luminance(parts) {
  const [red, green, blue] = parts.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function parse(colour) {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour ?? "");
  return found && found.slice(1).map((part) => parseInt(part, 16));
}

function text(parts) {
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
