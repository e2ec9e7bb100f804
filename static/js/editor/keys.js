/** What the keys of the editor do. Pure functions: a keyboard event in, the name of an act out, or null. */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR = 10; // pixels with Shift

/** Anywhere on the page, in fields, too. */
export function everywhere(event) {
  if (!isCommand(event) || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (key === "s" && !event.shiftKey) return "save";
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  if (key === "y" && !event.shiftKey) return "redo";
  if (key === "\\") return "wide";
  return null;
}

/** Where a layer has the focus, on the canvas or in the list. */
export function onLayers(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (isCommand(event)) {
    if (event.shiftKey || event.altKey) return null;
    return { a: "all", d: "duplicate" }[key] ?? null;
  }
  if (event.altKey) return null;
  if (key === "?") return "help";
  if (event.shiftKey) return null;
  return { Delete: "remove", Backspace: "remove", Escape: "nothing", h: "hide", l: "lock", F2: "rename" }[key] ?? null;
}

/** On the canvas: `{act: "move" | "resize", dx, dy}`, the order of layers, and the view. */
export function onCanvas(event) {
  if (isCommand(event)) return null;
  const arrow = ARROWS[event.key];
  if (arrow) {
    const far = event.shiftKey ? FAR : 1;
    return { act: event.altKey ? "resize" : "move", dx: arrow[0] * far, dy: arrow[1] * far };
  }
  if (event.altKey) return null;
  const act = { PageUp: "raise", PageDown: "lower", 0: "fit", 1: "whole", "+": "closer", "-": "further" }[event.key];
  return act ? { act } : null;
}

/** In the list of layers: going through it, choosing several, and the order with Alt. */
export function inList(event) {
  if (isCommand(event)) return null;
  if (event.altKey) {
    const order = { ArrowUp: "raise", ArrowDown: "lower", Home: "top", End: "bottom" }[event.key];
    return order ? { act: order } : null;
  }
  const step = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity }[event.key];
  if (step) return { act: "go", step, more: event.shiftKey };
  return event.key === "Enter" ? { act: "properties" } : null;
}

function isCommand(event) {
  return event.ctrlKey || event.metaKey;
}
