/**
 * The overlay editor. The desk holds what is being edited; list, canvas, panel and preview show it, and whatever is
 * done to it goes through acts (acts.js).
 */
import { fill } from "../popout/words.js";
import { orElse } from "../popout/api.js";
import { slotOf, write } from "../popout/draw.js";
import { Acts } from "./acts.js";
import { Canvas } from "./canvas.js";
import { Desk } from "./desk.js";
import { draftOf } from "./draft.js";
import { Files } from "./files.js";
import { Hand } from "./hand.js";
import { everywhere, onCanvas, onLayers } from "./keys.js";
import { LayerList } from "./layer-list.js";
import { Panel } from "./panel.js";
import { Preview } from "./preview.js";
import { Saving } from "./saving.js";
import { Trials } from "./trials.js";
import { View } from "./view.js";
import { drawers, remembered } from "./workspace.js";

const QUIET = 6_000; // ms that a note stays
const page = document.querySelector("[data-editor]");
const facts = read("#editor");
const words = read("#words");
const language = document.documentElement.lang;
const part = (name) => page.querySelector(`[data-part="${name}"]`);

const desk = new Desk(draftOf(facts.definition), facts.forms.types);
const acts = new Acts(desk, words, say);
const files = new Files(document.querySelector("#files"), {
  known: facts.definition.uploads,
  address: facts.urls.uploads,
  host: facts.host,
  sounds: facts.forms.sounds,
  addresses: facts.sounds,
  words,
  language,
});
const preview = new Preview(part("preview"), (draft) => ({ ...facts.definition, ...draft, uploads: files.uploads }));
const canvas = new Canvas(part("canvas"), desk, words);
const view = new View(canvas.element, () => desk.draft, look);
const stick = remembered("stick", { edges: true, grid: 0 });
new Hand(canvas, { desk, view, words, acts, stick });
const trials = new Trials(document.querySelector("#tests"), {
  desk,
  preview,
  address: facts.urls.test,
  plays: facts.plays,
  kinds: facts.forms.kinds,
  words,
  say,
});
const panel = new Panel(part("panel"), desk, {
  words,
  spec: { ...facts.forms, platforms: facts.forms.platforms.map((slug) => [slug, nameOf(slug)]) },
  languages: facts.languages,
  files,
  acts,
  mayTest: facts.may.test,
  running: facts.urls.running,
  play: (layer, row) => trials.play(layer, row),
  test: (row) => trials.test(row),
});
const drawer = drawers(page);
const list = new LayerList(part("list"), { desk, acts, words, edit });
const saving = new Saving(document.querySelector("#conflict"), desk, {
  address: facts.urls.save,
  version: facts.definition.version,
  words,
  say,
});

function read(selector) {
  return JSON.parse(document.querySelector(selector).textContent);
}

function nameOf(slug) {
  return document.querySelector(`template[data-icon="${CSS.escape(slug)}"]`)?.dataset.name ?? slug;
}

/** To a screen reader; what is bad or `isShown` is also seen. */
function say(text, isBad = false, isShown = isBad) {
  part("said").textContent = text;
  if (!isShown) return;
  const note = part("note");
  slotOf(note, "text").textContent = text;
  note.classList.toggle("banner--bad", isBad);
  note.hidden = false;
  clearTimeout(say.timer);
  if (!isBad) say.timer = setTimeout(() => (note.hidden = true), QUIET);
}

let size = "";
function draw() {
  const { draft } = desk;
  canvas.draw();
  list.draw();
  panel.draw();
  preview.show(draft);
  const now = `${draft.width} ${draft.height}`;
  if (size && size !== now) view.resized();
  size = now;
  part("canvas").dataset.background = draft.background === "transparent" ? "none" : "filled";
  write(page, "overlay-name", draft.name);
  part("empty").hidden = draft.layers.length > 0;
  drawBar();
}

function drawBar() {
  for (const [name, label] of [["undo", desk.undoable], ["redo", desk.redoable]]) {
    const button = part(name);
    button.disabled = label === null;
    button.title = label === null ? words[name] : fill(words[`${name}_step`], { step: label });
  }
  for (const button of page.querySelectorAll("[data-needs-layer]")) button.disabled = !desk.chosen.length;
  const state = part("state");
  state.dataset.state = saving.state;
  slotOf(state, "text").textContent = words[`states_${saving.state}`];
  const save = part("save");
  save.disabled = saving.state === "saved";
  save.ariaBusy = saving.isSaving ? "true" : null;
}

function look(state) {
  canvas.look(state);
  slotOf(page, "zoom").textContent = new Intl.NumberFormat(language, { style: "percent" }).format(state.scale);
}

function edit(field = "") {
  if (!desk.chosen.length) return;
  drawer.open("panel");
  panel.focus(field);
}

const ACTS = {
  save: () => saving.save(),
  undo: () => acts.undo(),
  redo: () => acts.redo(),
  wide: () => page.toggleAttribute("data-wide"),
  remove: () => acts.remove(),
  duplicate: () => acts.duplicate(),
  all: () => acts.all(),
  nothing: () => acts.nothing(),
  hide: () => acts.hide(),
  lock: () => acts.lock(),
  rename: () => edit("name"),
  properties: () => edit(),
  raise: () => acts.raise(1),
  lower: () => acts.raise(-1),
  move: ({ dx, dy }) => acts.nudge(dx, dy),
  resize: ({ dx, dy }) => acts.grow(dx, dy),
  fit: () => view.fit(),
  whole: () => view.whole(),
  closer: () => view.closer(),
  further: () => view.further(),
  help: () => document.querySelector("#keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const isOnCanvas = canvas.element.contains(event.target) && !event.target.closest("button, select");
  const isOnLayers = isOnCanvas || part("list").contains(event.target);
  const isFrame = event.target.matches("[data-part=frames] > *");
  const told =
    everywhere(event) ??
    (isOnLayers ? onLayers(event) : null) ??
    (isOnCanvas ? onCanvas(event) : null) ??
    (isFrame && event.key === "Enter" ? "properties" : null);
  if (!told) return;
  event.preventDefault();
  ACTS[told.act ?? told](told);
});

page.addEventListener("click", ({ target }) => {
  const { act, add } = target.closest("button")?.dataset ?? {};
  if (act) ACTS[act]();
  if (add) addLayer(add, Number(target.closest("button").dataset.preset));
});

function addLayer(type, preset) {
  acts.add(type, facts.presets[type][preset]);
  document.querySelector("#add").hidePopover();
  drawer.open("panel");
  if (desk.layer) canvas.frame(desk.layer.id).focus({ preventScroll: true });
}

for (const [name, isCut] of [["copy", false], ["cut", true]]) {
  document.addEventListener(name, (event) => {
    if (isTyping(event.target) || !getSelection().isCollapsed) return;
    const text = acts.copy();
    if (text === null) return;
    event.preventDefault();
    event.clipboardData.setData("application/json", text);
    if (isCut) acts.remove();
  });
}

document.addEventListener("paste", (event) => {
  if (isTyping(event.target)) return;
  if (acts.paste(event.clipboardData.getData("application/json"))) event.preventDefault();
});

function isTyping(target) {
  return target.closest?.("input, textarea, select") || document.querySelector("dialog[open]");
}

slotOf(part("note"), "close").addEventListener("click", () => (part("note").hidden = true));
for (const input of page.querySelectorAll("input[name=ground]")) {
  const grounds = remembered("ground", { shown: "checker" });
  input.checked = input.value === grounds.shown;
  if (input.checked) canvas.element.dataset.ground = input.value;
  input.addEventListener("change", () => {
    grounds.shown = canvas.element.dataset.ground = input.value;
  });
}
part("edges").ariaPressed = String(stick.edges);
part("edges").addEventListener("click", ({ currentTarget }) => {
  stick.edges = !stick.edges;
  currentTarget.ariaPressed = String(stick.edges);
});
part("grid").value = stick.grid;
part("grid").addEventListener("change", ({ target }) => (stick.grid = Number(target.value)));

desk.addEventListener("change", draw);
saving.addEventListener("change", () => {
  if (saving.state === "saved") part("note").hidden = true; // it may say why that had failed
  drawBar();
});
files.addEventListener("change", () => preview.show(desk.draft));
files.load().catch(orElse(null)); // the dialog asks again, and says so
draw();
const greeting = slotOf(part("note"), "text").textContent.trim();
if (greeting) say(greeting, false, true);
page.dataset.ready = "";
