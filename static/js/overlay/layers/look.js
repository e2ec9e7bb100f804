/** The settings of lettering and look as what `static/css/overlay.css` reads, and as people's own CSS may. */

const LENGTHS = ["font_size", "outline", "corner", "padding"];
const VALUES = ["font_weight", "colour", "outline_colour", "align", "ground", "accent", "bar", "bar_ground"];
const SHADOW = "0 0.06em 0.12em rgba(0, 0, 0, 0.75)";
const STEPS = 16; // directions in which an outline is laid around letters

/** Write the look of a config onto a layer: `--font-size: 24px`, `data-font="serif"`, and so on. */
export function dress(element, config) {
  for (const name of LENGTHS) if (name in config) element.style.setProperty(property(name), `${config[name]}px`);
  for (const name of VALUES) if (name in config) element.style.setProperty(property(name), String(config[name]));
  if ("outline" in config) element.style.setProperty("--text-shadow", shadows(config));
  if ("font" in config) element.dataset.font = config.font;
}

/** The value of `text-shadow`: the outline, which the oldest browsers in OBS draw over the letters else, and the shadow. */
export function shadows({ outline, outline_colour: colour, shadow }) {
  const rings = outline > 4 ? [outline / 2, outline] : [outline];
  const drawn = rings.filter(Boolean).flatMap((radius) => ring(radius, colour));
  if (shadow) drawn.push(SHADOW);
  return drawn.join(", ") || "none";
}

function ring(radius, colour) {
  return Array.from({ length: STEPS }, (_, step) => {
    const angle = (step / STEPS) * 2 * Math.PI;
    return `${round(Math.cos(angle) * radius)}px ${round(Math.sin(angle) * radius)}px ${colour}`;
  });
}

function round(number) {
  return Math.round(number * 100) / 100;
}

function property(name) {
  return `--${name.replaceAll("_", "-")}`;
}
