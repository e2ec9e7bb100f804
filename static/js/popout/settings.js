/** How somebody likes their chat, kept by this browser. */

const KEY = "lumio.chat";

export const MARKS = ["mention", "first", "first-of-stream", "keyword", "paid", "team", "vip", "subscriber"];
const DEFAULTS = {
  removed: "strike", // strike, dim or hide
  hover: false, // pause while the pointer is over the lines
  aloud: true, // tell screen readers what arrives
  quiet: ["subscriber"], // marks that do not make a line stand out
  keywords: "", // separated by commas
  text: 100, // percent that the lines are written in
  targets: null, // platforms to send to; null for all of them
};

/** The settings, complete whatever this browser has stored. */
export function stored(page = window) {
  try {
    const kept = JSON.parse(page.localStorage.getItem(KEY)) ?? {};
    const fits = Object.entries(DEFAULTS).filter(([name, value]) => name in kept && isLike(kept[name], value));
    return { ...DEFAULTS, ...Object.fromEntries(fits.map(([name]) => [name, kept[name]])) };
  } catch {
    return { ...DEFAULTS };
  }
}

export function store(settings, page = window) {
  try {
    page.localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Storage is switched off or full: they last as long as the page.
  }
}

/** The words of a list that somebody typed. */
export function keywordsOf({ keywords }) {
  return keywords.split(",").map((word) => word.trim()).filter(Boolean);
}

function isLike(value, model) {
  if (model === null) return value === null || Array.isArray(value);
  return typeof value === typeof model && Array.isArray(value) === Array.isArray(model);
}
