/** How far a goal is. The server counts; this shows it. */
import { Layer, make } from "./layer.js";

export class GoalLayer extends Layer {
  #counted = 0; // of money in minor units
  #title = make("span", "goal__title");
  #numbers = make("span", "goal__numbers");
  #fill = make("span", "goal__fill");

  constructor(element, context) {
    super(element, context);
    const words = make("div", "goal__words", this.#title, this.#numbers);
    this.goal = make("div", "goal", words, make("div", "goal__bar", this.#fill));
    element.replaceChildren(this.goal);
  }

  draw() {
    const { title, show_numbers: showNumbers } = this.config;
    const { reached, target, share } = progress(this.config, this.#counted, this.context.words.decimals);
    const write = (number) => written(number, this.config, this.context.language);
    this.#title.textContent = title;
    this.#numbers.hidden = !showNumbers;
    this.#numbers.textContent = this.context.words.of.replace("{n}", write(reached)).replace("{goal}", write(target));
    this.#fill.style.transform = `scaleX(${share})`;
    this.goal.classList.toggle("goal--reached", share === 1);
  }

  hear(channel, { data }) {
    const goal = channel === "overlay" && data.goals?.[this.id];
    if (!goal) return;
    this.#counted = goal.counted;
    this.draw();
  }

  sample() {
    const { start, target, counts, currency } = this.config;
    const places = counts === "tips" ? (this.context.words.decimals[currency] ?? 2) : 0;
    this.#counted = Math.max(0, Math.round((target * 0.64 - start) * 10 ** places));
    this.draw();
    if (!this.config.title) this.#title.textContent = this.context.words.sample_title;
  }
}

/** `{reached, target, share}` in whole units of money or whatever is counted; `share` is 0 to 1. */
export function progress({ counts, currency, start, target }, counted, decimals) {
  const places = counts === "tips" ? (decimals[currency] ?? 2) : 0;
  const reached = start + counted / 10 ** places;
  return { reached, target, share: Math.min(1, Math.max(0, reached / target)) };
}

/** A number of a goal; money with its currency, and without its minor units where there are none. */
export function written(number, { counts, currency }, language) {
  if (counts !== "tips") return new Intl.NumberFormat(language).format(number);
  const options = { style: "currency", currency, ...(Number.isInteger(number) && { minimumFractionDigits: 0 }) };
  return new Intl.NumberFormat(language, options).format(number);
}
