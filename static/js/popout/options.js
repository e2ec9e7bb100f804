/** What the address of the page asks for, as the server wrote it on <html> (`tokens/options.py`). */

/** The options on `html`: `platforms` (a set), `max` and `text` (percent) are null where the address asks for nothing. */
export function read({ dataset }) {
  return {
    platforms: dataset.platforms ? new Set(dataset.platforms.split(",")) : null,
    max: Number(dataset.max) || null,
    text: Number(dataset.text) || null,
    controls: !("onlyShows" in dataset),
    times: dataset.rowTimes ?? "minutes",
  };
}

export const options = read(document.documentElement);
