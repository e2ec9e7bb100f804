/** How things come and go: opacity and transforms only, which the browser moves without drawing anything anew. */

const IN = 550; // ms
export const OUT = 400;
const SMOOTH = "cubic-bezier(0.2, 0.8, 0.2, 1)";

/** Where something is before it has come and after it is gone. */
const AWAY = {
  fade: { opacity: 0 },
  up: { opacity: 0, transform: "translateY(80px)" },
  down: { opacity: 0, transform: "translateY(-80px)" },
  left: { opacity: 0, transform: "translateX(120px)" },
  right: { opacity: 0, transform: "translateX(-120px)" },
  zoom: { opacity: 0, transform: "scale(0.6)" },
  bounce: { opacity: 0, transform: "scale(0.3)" },
};
const HERE = { opacity: 1, transform: "none" };
const BOUNCE = [
  AWAY.bounce,
  { opacity: 1, transform: "scale(1.08)", offset: 0.5 },
  { transform: "scale(0.96)", offset: 0.75 },
  HERE,
];

/** Have `element` come in `motion` (`MOTIONS` of overlays/layers.py). */
export function enter(element, motion, { calm = isCalm() } = {}) {
  const kind = calmed(motion, calm);
  if (kind === "none") return;
  const frames = kind === "bounce" ? BOUNCE : [AWAY[kind], HERE];
  element.animate(frames, { duration: IN, easing: SMOOTH, fill: "backwards" });
}

/** Have `element` go; gives the ms after which it is gone. Taking it out is the caller's. */
export function leave(element, motion, { calm = isCalm() } = {}) {
  const kind = calmed(motion, calm);
  if (kind === "none") return 0;
  element.animate([HERE, AWAY[kind]], { duration: OUT, easing: "ease-in", fill: "forwards" });
  return OUT;
}

/**
 * Have what is too long for `box` run to its end and back, and stand where it fits. `line` is its one child, drawn in one
 * line.
 */
export function run(box, line, { calm = isCalm() } = {}) {
  for (const animation of line.getAnimations()) animation.cancel();
  const over = line.scrollWidth - box.clientWidth;
  if (over <= 1 || calm) return;
  const frames = [0, 0.15, 0.85, 1].map((offset) => ({
    offset,
    transform: `translateX(${offset < 0.5 ? 0 : -over}px)`,
  }));
  const duration = Math.max(6, over / 20) * 1000;
  line.animate(frames, { duration, direction: "alternate", iterations: Infinity, easing: "linear" });
}

/** Whether the person at this browser has asked for less motion. OBS never does. */
export function isCalm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function calmed(motion, calm) {
  return calm && motion !== "none" ? "fade" : motion;
}
