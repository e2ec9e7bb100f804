/**
 * <local-time data-format="datetime|date|time|relative"><time datetime="…">: the moment as the reader writes it.
 *
 * Language, time zone and clock come from <html lang data-time-zone data-hour-cycle>; an empty zone or "auto" leaves
 * it to the browser, as does the kind of English or German. Relative times stay current and have the exact one as tooltip.
 * How exact the times of rows in chat and feeds are, `data-row-times` says.
 */
const STYLES = {
  datetime: { dateStyle: "medium", timeStyle: "short" },
  date: { dateStyle: "medium" },
  time: { timeStyle: "short" },
  seconds: { timeStyle: "medium" },
  exact: { dateStyle: "full", timeStyle: "medium" },
};

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** The page's language in the browser's own variety: British readers write 21 Nov, American ones Nov 21. */
function locale() {
  const { lang } = document.documentElement;
  return navigator.languages.find((language) => language.split("-")[0] === lang) ?? lang;
}

/** The time of a row in chat or a feed, "" where nobody wants one. */
export function formatRowTime(moment) {
  const { rowTimes } = document.documentElement.dataset;
  if (rowTimes === "none") return "";
  return formatMoment(moment, rowTimes === "seconds" ? "seconds" : "time");
}

/** `moment` (a Date) in the reader's words; `style` is a key of STYLES. */
export function formatMoment(moment, style) {
  const { dataset } = document.documentElement;
  const options = { ...STYLES[style] };
  if (dataset.timeZone) options.timeZone = dataset.timeZone;
  if (dataset.hourCycle && dataset.hourCycle !== "auto") options.hourCycle = dataset.hourCycle;
  return new Intl.DateTimeFormat(locale(), options).format(moment);
}

/** How far `moment` is from now, in the largest unit that fits: "3 minutes ago", "in 4 hours". */
function formatDistance(moment) {
  const seconds = Math.round((moment - Date.now()) / 1000);
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS.at(-1);
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  return words.format(Math.trunc(seconds / length), unit);
}

class LocalTime extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.#draw();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  #draw = () => {
    const time = this.querySelector("time");
    const moment = new Date(time.dateTime);
    if (this.dataset.format === "relative") {
      time.textContent = formatDistance(moment);
      time.title = formatMoment(moment, "exact");
      // A second's precision matters for a minute; after that a look every half minute is enough.
      this.#timer = setTimeout(this.#draw, Math.abs(moment - Date.now()) < 60_000 ? 1000 : 30_000);
    } else {
      time.textContent = formatMoment(moment, this.dataset.format);
      time.title = formatMoment(moment, "exact");
    }
  };
}

customElements.define("local-time", LocalTime);
