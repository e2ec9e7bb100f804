/**
 * Two people changed one overlay. `base` is the draft that both began with, `mine` and `theirs` what became of it. What
 * each did is told layer by layer; where no layer was touched by both, their work can be put together. Pure functions.
 */
import { isSame } from "./draft.js";

const OWN = ["name", "width", "height", "background", "language"];

/**
 * What somebody did: [{id, name, did: "added" | "removed" | "changed" | "moved"}], layers first; of the overlay itself
 * the id is null.
 */
export function changes(base, draft) {
  const before = byId(base);
  const now = byId(draft);
  const did = [];
  for (const layer of draft.layers) {
    const old = before.get(layer.id);
    if (!old) did.push({ id: layer.id, name: layer.name, did: "added" });
    else if (!isSame(old, layer)) did.push({ id: layer.id, name: layer.name, did: "changed" });
  }
  for (const layer of base.layers) {
    if (!now.has(layer.id)) did.push({ id: layer.id, name: layer.name, did: "removed" });
  }
  if (!isSame(order(base, now), order(draft, before))) did.push({ id: null, name: draft.name, did: "moved" });
  if (OWN.some((name) => base[name] !== draft[name])) did.push({ id: null, name: draft.name, did: "changed" });
  return did;
}

/** The names of what both changed and not alike, without which nothing can be put together. */
export function clashes(base, mine, theirs) {
  const touched = new Map(changes(base, theirs).map((one) => [key(one), one]));
  const [ours, others] = [byId(mine), byId(theirs)];
  return changes(base, mine)
    .filter((one) => touched.has(key(one)))
    .filter(({ id, did }) =>
      id ? !isSame(ours.get(id) ?? null, others.get(id) ?? null) : did === "moved" || OWN.some((n) => clash(n)),
    )
    .map(({ name }) => name);

  function clash(name) {
    return mine[name] !== theirs[name] && mine[name] !== base[name] && theirs[name] !== base[name];
  }
}

/** Theirs, with what I did on top. Only where nothing clashes. */
export function combined(base, mine, theirs) {
  const [before, ours] = [byId(base), byId(mine)];
  const own = Object.fromEntries(OWN.map((name) => [name, mine[name] === base[name] ? theirs[name] : mine[name]]));
  const isMineMoved = !isSame(order(base, ours), order(mine, before));
  const theirsById = byId(theirs);
  const mineOrTheirs = (layer) =>
    ours.has(layer.id) && !isSame(ours.get(layer.id), before.get(layer.id) ?? null) ? ours.get(layer.id) : layer;
  const isGone = (layer) => before.has(layer.id) && !ours.has(layer.id);
  let layers = theirs.layers.filter((layer) => !isGone(layer)).map(mineOrTheirs);
  if (isMineMoved) {
    const rank = new Map(mine.layers.map((layer, place) => [layer.id, place]));
    const shared = layers.filter((layer) => rank.has(layer.id)).sort((a, b) => rank.get(a.id) - rank.get(b.id));
    layers = layers.map((layer) => (rank.has(layer.id) ? shared.shift() : layer));
  }
  const added = mine.layers.filter((layer) => !before.has(layer.id) && !theirsById.has(layer.id));
  for (const layer of added) {
    const below = mine.layers[mine.layers.indexOf(layer) - 1];
    const place = below ? layers.findIndex(({ id }) => id === below.id) : -1;
    layers = layers.toSpliced(below && place < 0 ? layers.length : place + 1, 0, layer);
  }
  return { ...own, layers };
}

function byId(draft) {
  return new Map(draft.layers.map((layer) => [layer.id, layer]));
}

/** The order of those layers that are in `known`, too. */
function order(draft, known) {
  return draft.layers.map((layer) => layer.id).filter((id) => known.has(id));
}

function key({ id, did }) {
  return id ?? did;
}
