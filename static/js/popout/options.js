/** What the address of the page asks for, as the server wrote it on <html> (`tokens/options.py`). */

/** The options on `html`: sets are null and `max` is null where the address asks for nothing. */
export function read({ dataset }) {
  const names = (text, by) => (text ? new Set(text.split(by)) : null);
  return {
    platforms: names(dataset.platforms, ","),
    types: names(dataset.types, ","),
    max: Number(dataset.max) || null,
    controls: !("onlyShows" in dataset),
    hide: names(dataset.hide, " ") ?? new Set(),
    times: dataset.rowTimes ?? "minutes",
  };
}

export const options = read(document.documentElement);
