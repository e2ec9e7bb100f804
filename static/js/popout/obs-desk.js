/**
 * Draws one OBS into the page: scenes, sources, outputs and numbers. `pen` is what is needed beside the state: `{words,
 * language, isBusy(order), isLocked(output)}`. What a press of a button asks OBS for is the button's `order`, as
 * `POST /v1/obs/{id}/acts` takes it.
 */
import { arrange, slotOf, write } from "./draw.js";
import { formatMoment } from "../elements/local-time.js";
import { clock } from "./music-face.js";
import { buttons, named, running, scenes } from "./obs-face.js";
import { figures } from "./obs-numbers.js";
import { fill } from "./words.js";

/** What is disabled cannot be asked for now; what is busy was, and OBS has not done it yet. */
export function arm(button, order, data, pen) {
  if (button.tagName !== "BUTTON") return; // whoever only looks has none
  button.order = order;
  button.disabled = !data.can.includes(order.act);
  const isBusy = pen.isBusy(order);
  if (isBusy !== (button.ariaBusy === "true")) button.ariaBusy = isBusy ? "true" : null;
}

export function more(desk, name, number, words) {
  write(desk, name, number > 0 ? fill(words.more, { n: number }) : "");
}

function blank(desk, name) {
  return desk.querySelector(`template[data-${name}]`).content.firstElementChild.cloneNode(true);
}

export function drawScenes(page, data, pen) {
  const list = slotOf(page, "scenes");
  const shown = scenes(data);
  const act = data.studio_mode ? "scene.preview" : "scene.program";
  list.dataset.number = shown.length <= 4 ? "few" : shown.length <= 12 ? "some" : "many";
  arrange(list, shown, {
    key: ({ name }) => name,
    make: () => blank(page, "scene"),
    draw: (item, { name }) => {
      const isLive = name === data.program;
      const isPreview = data.studio_mode && name === data.preview;
      item.toggleAttribute("data-live", isLive);
      item.toggleAttribute("data-preview", isPreview);
      slotOf(item, "name").textContent = named(name);
      slotOf(item, "live").hidden = !isLive;
      slotOf(item, "preview").hidden = !isPreview;
      slotOf(item, "coming").hidden = name !== data.switching_to || isLive;
      arm(item.firstElementChild, { act, scene: name }, data, pen);
    },
  });
  more(page, "scenes-more", data.scenes_left_out, pen.words);
  drawStudio(page, data, pen);
}

function drawStudio(page, data, pen) {
  slotOf(page, "studio-bar").hidden = !data.studio_mode;
  slotOf(page, "preview-name").textContent = named(data.preview);
  slotOf(page, "program-name").textContent = named(data.program);
  const toggle = slotOf(page, "studio");
  if (!toggle) return;
  toggle.ariaChecked = String(data.studio_mode);
  arm(toggle, { act: "studio.mode", on: !data.studio_mode }, data, pen);
  toggle.hidden = toggle.disabled;
  arm(slotOf(page, "take"), { act: "studio.take" }, data, pen);
  drawTransition(page, data);
}

function drawTransition(page, { transition, can }) {
  const select = slotOf(page, "transition-name");
  const time = slotOf(page, "transition-time");
  slotOf(page, "transition").hidden = !transition.names.length;
  arrange(select, transition.names, {
    key: (name) => name,
    make: () => document.createElement("option"),
    draw: (option, name) => {
      option.value = name;
      option.textContent = named(name);
    },
  });
  select.disabled = !can.includes("transition.select");
  if (select !== document.activeElement) select.value = transition.name ?? "";
  time.disabled = transition.duration_ms === null || !can.includes("transition.duration");
  if (time !== document.activeElement) time.value = transition.duration_ms ?? "";
}

export function drawSources(page, data, pen) {
  const isStudio = data.studio_mode && data.preview !== data.program;
  const previewed = isStudio ? data.preview_items : [];
  for (const name of ["preview-of", "program-of", "preview-items"]) slotOf(page, name).hidden = !isStudio;
  slotOf(page, "preview-of-name").textContent = named(data.preview);
  slotOf(page, "program-of-name").textContent = named(data.program);
  drawItems(page, slotOf(page, "preview-items"), previewed, data.preview, data, pen);
  drawItems(page, slotOf(page, "items"), data.items, data.program, data, pen);
  more(page, "items-more", data.items_left_out + (isStudio ? data.preview_items_left_out : 0), pen.words);
  slotOf(page, "no-items").hidden = data.items.length + previewed.length > 0;
}

function drawItems(page, list, items, scene, data, pen) {
  arrange(list, items, {
    key: ({ id, group }) => JSON.stringify([group, id]),
    make: () => blank(page, "item"),
    draw: (item, { id, name, visible, group }) => {
      const row = item.firstElementChild;
      item.toggleAttribute("data-shown", visible);
      slotOf(item, "name").textContent = named(name);
      write(item, "group", group ? named(group) : "");
      row.title = name;
      if (row.tagName === "BUTTON") row.ariaChecked = String(visible);
      else slotOf(item, "not-shown").hidden = visible;
      // What is in a group is addressed there.
      arm(row, { act: "source.visible", scene: group ?? scene, item: id, visible: !visible }, data, pen);
    },
  });
}

export function drawOutputs(page, data, pen) {
  for (const tile of page.querySelectorAll("[data-output]")) {
    const { output } = tile.dataset;
    const told = data[output];
    const { state } = told;
    tile.dataset.state = state;
    slotOf(tile, "state").textContent = outputState(output, told, pen.words);
    const shown = buttons(output, told);
    for (const button of tile.querySelectorAll("[data-act]")) {
      const { act } = button.dataset;
      button.hidden = !shown.includes(act.split(".")[1]);
      arm(button, { act }, data, pen);
      button.disabled ||= pen.isLocked(output);
    }
  }
}

function outputState(output, { state, saved_at: savedAt }, { outputs, saved }) {
  if (savedAt && state === "on") return fill(saved, { time: formatMoment(new Date(savedAt), "time") });
  return outputs[`${output}.${state}`] ?? outputs[state] ?? state;
}

/** How long each output has run. `now`: ms by the server's clock. */
export function drawTimes(page, data, now) {
  for (const tile of page.querySelectorAll("[data-output]")) {
    const { output } = tile.dataset;
    const seconds = running(output, data, now);
    write(tile, "time", seconds === null ? "" : clock(seconds * 1000));
  }
}

/** Null for no numbers yet. */
export function drawFigures(page, stats, best, language) {
  const all = stats ? figures(stats, best, language) : [];
  slotOf(page, "figures").hidden = !all.length;
  for (const item of page.querySelectorAll("[data-figure]")) {
    const found = all.find(({ name }) => name === item.dataset.figure);
    item.hidden = !found;
    if (!found) continue;
    item.dataset.tone = found.tone;
    slotOf(item, "warning").hidden = found.tone === "ok";
    slotOf(item, "value").textContent = found.text;
  }
}
