/**
 * An overlay as it is being edited: `{name, width, height, background, language, layers}`, the lowest layer first, each
 * as in a definition. Pure functions; each gives a new draft and shares with the old one what did not change.
 */
import { newId } from "../lib/ids.js";

export const MOST_LAYERS = 60;
const NAME_LENGTH = 80;
const PLACED = ["x", "y", "width", "height"];
const OWN = ["name", "width", "height", "background", "language", "layers"];
const OF_LAYER = ["id", "type", "name", "visible", "locked", ...PLACED, "opacity", "config"];

const picked = (object, names) => Object.fromEntries(names.map((name) => [name, object[name]]));

/** The part of a definition that is edited and saved. */
export function draftOf(definition) {
  return { ...picked(definition, OWN), layers: definition.layers.map((layer) => picked(layer, OF_LAYER)) };
}

export function layerOf(draft, id) {
  return draft.layers.find((layer) => layer.id === id) ?? null;
}

export function placeOf(draft, id) {
  return draft.layers.findIndex((layer) => layer.id === id);
}

/** `change(layer)` of each of the layers named gives what is new about it. */
export function changeLayers(draft, ids, change) {
  return { ...draft, layers: draft.layers.map((l) => (ids.includes(l.id) ? { ...l, ...change(l) } : l)) };
}

export function configure(draft, id, config) {
  return changeLayers(draft, [id], (layer) => ({ config: { ...layer.config, ...config } }));
}

/** A layer that is nowhere yet. `form` is what `overlays.layers` says of its type; it lies in the middle. */
export function newLayer(draft, type, form, { name = form.label, config = {}, id = newId() } = {}) {
  const width = Math.min(form.width, draft.width);
  const height = Math.min(form.height, draft.height);
  return {
    id,
    type,
    name: freeName(name, draft.layers),
    visible: true,
    locked: false,
    x: Math.round((draft.width - width) / 2),
    y: Math.round((draft.height - height) / 2),
    width,
    height,
    opacity: 100,
    config: { ...defaults(form.settings), ...withIds(config, form.settings) },
  };
}

export function defaults(settings) {
  return Object.fromEntries(settings.map((setting) => [setting.name, structuredClone(setting.default)]));
}

/** Rows in `config` completed: each has all settings and an id of its own. */
function withIds(config, settings) {
  const whole = { ...config };
  for (const { name, kind, of_rows: inner } of settings) {
    if (kind === "rows" && whole[name]) {
      whole[name] = whole[name].map((row) => ({ ...defaults(inner), ...structuredClone(row), id: newId() }));
    }
  }
  return whole;
}

/** `name`, or "name 2" and so on if a layer is called so already. */
export function freeName(name, layers) {
  const taken = new Set(layers.map((layer) => layer.name));
  const base = name.replace(/ \d+$/, "").slice(0, NAME_LENGTH - 4);
  let free = name.slice(0, NAME_LENGTH);
  for (let number = 2; taken.has(free); number += 1) free = `${base} ${number}`;
  return free;
}

/** With `layers` right above the layer `above`, or on top. At most MOST_LAYERS; what is too much is left out. */
export function addLayers(draft, layers, above = null) {
  const place = above === null ? draft.layers.length : placeOf(draft, above) + 1;
  const added = layers.slice(0, MOST_LAYERS - draft.layers.length);
  return { ...draft, layers: draft.layers.toSpliced(place, 0, ...added) };
}

export function removeLayers(draft, ids) {
  return { ...draft, layers: draft.layers.filter((layer) => !ids.includes(layer.id)) };
}

/** Copies of `layers` for `draft`, `by` pixels further down and right, with ids of their own. */
export function copies(draft, layers, forms, by = 20) {
  const names = [...draft.layers];
  return layers.map((layer) => {
    const copy = {
      ...structuredClone(layer),
      id: newId(),
      name: freeName(layer.name, names),
      locked: false,
      x: layer.x + by,
      y: layer.y + by,
    };
    copy.config = withIds(copy.config, forms[layer.type].settings);
    names.push(copy);
    return copy;
  });
}

/** Layers that were copied, here or in another overlay: null if `text` is none of our copying. */
export function readCopied(text, forms) {
  let told;
  try {
    told = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(told?.lumio_layers)) return null;
  const layers = told.lumio_layers.filter((l) => forms[l?.type] && PLACED.every((name) => Number.isInteger(l[name])));
  return layers.map((layer) => ({
    ...picked(layer, OF_LAYER),
    name: String(layer.name),
    visible: layer.visible !== false,
    opacity: Number.isInteger(layer.opacity) ? layer.opacity : 100,
    config: { ...defaults(forms[layer.type].settings), ...known(layer.config, forms[layer.type].settings) },
  }));
}

export function writeCopied(layers) {
  return JSON.stringify({ lumio_layers: layers });
}

function known(config, settings) {
  const names = settings.map((setting) => setting.name).filter((name) => name in Object(config));
  return picked(config, names);
}

/** With the layer `id` at `place`, counted from the bottom. */
export function reorder(draft, id, place) {
  const layer = layerOf(draft, id);
  const others = draft.layers.filter((other) => other !== layer);
  return { ...draft, layers: others.toSpliced(Math.max(0, Math.min(others.length, place)), 0, layer) };
}

/** The layers `ids` so many steps up (or down, below 0); Infinity is all the way. They keep their order. */
export function raise(draft, ids, steps) {
  const layers = [...draft.layers];
  const chosen = layers.filter((layer) => ids.includes(layer.id));
  let edge = steps > 0 ? layers.length - 1 : 0;
  for (const layer of steps > 0 ? chosen.reverse() : chosen) {
    const from = layers.indexOf(layer);
    const to = steps > 0 ? Math.min(edge, from + steps) : Math.max(edge, from + steps);
    layers.splice(to, 0, ...layers.splice(from, 1));
    edge = to + (steps > 0 ? -1 : 1);
  }
  return { ...draft, layers };
}

/** `rows` with the row `id` changed. */
export function changeRow(rows, id, change) {
  return rows.map((row) => (row.id === id ? { ...row, ...change } : row));
}

export function addRow(rows, settings, values = {}) {
  return [...rows, { ...defaults(settings), ...values, id: newId() }];
}

export function copyRow(rows, id) {
  const place = rows.findIndex((row) => row.id === id);
  return rows.toSpliced(place + 1, 0, { ...structuredClone(rows[place]), id: newId() });
}

export function removeRow(rows, id) {
  return rows.filter((row) => row.id !== id);
}

export function moveRow(rows, id, steps) {
  const place = rows.findIndex((row) => row.id === id);
  const to = Math.max(0, Math.min(rows.length - 1, place + steps));
  return rows.toSpliced(place, 1).toSpliced(to, 0, rows[place]);
}

/** Whether two drafts, layers or settings say the same. */
export function isSame(one, other) {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => name in other && isSame(one[name], other[name]));
}
