/** Small hands for drawing what arrives into the templates that the server put into the page. */
import { NAME_LENGTH, clean } from "./words.js";

/** The words of this page in the reader's language (`events/words.py`). */
export function pageWords() {
  return JSON.parse(document.querySelector("#words").textContent);
}

/** The icon of a platform as a list of nodes, empty for one that is not ours, and its name. */
export function platform(slug) {
  const template = document.querySelector(`template[data-platform="${CSS.escape(slug)}"]`);
  return template
    ? { icon: [template.content.cloneNode(true)], name: template.dataset.name }
    : { icon: [], name: clean(slug, NAME_LENGTH) };
}

/** The token was revoked, or the page closed: nothing stays readable, on air least of all. */
export function goDark(element) {
  document.title = "Lumio";
  element.remove();
}

export function slotOf(item, name) {
  return item.querySelector(`[data-slot="${name}"]`);
}

/** Text into a place; an empty place is not there. */
export function write(item, name, text) {
  const slot = slotOf(item, name);
  if (!slot) return; // this template has no such place
  slot.textContent = text;
  slot.hidden = !text;
}

/**
 * Have `list` hold one child for each of `items`, in their order. A child stays with its `key` and so keeps the focus and
 * what somebody has begun in it. `make(item)` is a new one, `draw(child, item)` writes into it what is now so.
 */
export function arrange(list, items, { key, make, draw }) {
  const before = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let place = list.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const child = before.get(name) ?? make(item);
    before.delete(name);
    child.dataset.key = name;
    if (child === place) place = place.nextElementSibling;
    else list.insertBefore(child, place);
    draw(child, item);
  }
  for (const child of before.values()) child.remove();
}
