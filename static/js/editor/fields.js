/**
 * A field for each kind of setting (`overlays.layers.Setting`). `field(setting, pen, changed)` gives `{element,
 * show(value)}`, and calls `changed(value)` with whatever the setting takes; what it does not take is said below the
 * field and goes nowhere.
 */
import { fill } from "../popout/words.js";
import { slotOf, write } from "../popout/draw.js";
import { blank } from "./canvas.js";
import { icon } from "./icons.js";
import {
  fromLocal,
  inserted,
  joinColour,
  listed,
  readColour,
  readNumber,
  splitColour,
  toLocal,
  variables,
} from "./values.js";

const MOST_STEPS = 400; // a slider of more than that hits nothing
let number = 0;

/** `pen` is what fields need of the page: `{words, spec, files}`. */
export function field(setting, pen, changed) {
  return KINDS[setting.kind](setting, pen, changed);
}

const KINDS = {
  text: words,
  currency: words,
  lines: words,
  code: words,
  number: numbers,
  switch: toggle,
  colour,
  choice,
  kinds: (setting, pen, changed) => several(setting, pen, changed, pen.spec.kinds, pen.words.no_kinds),
  platforms: (setting, pen, changed) => several(setting, pen, changed, pen.spec.platforms, pen.words.all_platforms),
  moment,
  upload: (setting, pen, changed) => pen.files.field(setting, frame("upload", setting), changed),
};

/** The template of a kind with its label and help, tied to its control by id. */
export function frame(kind, setting) {
  const element = blank(`field-${kind}`);
  const control = element.querySelector("[data-control]");
  const id = `field-${(number += 1)}`;
  element.dataset.setting = setting.name;
  if (control) control.id = id;
  const label = slotOf(element, "label");
  label.textContent = setting.label;
  if (label.tagName === "LABEL") label.htmlFor = id;
  write(element, "help", setting.help && !variables(setting.help).length ? setting.help : "");
  const help = slotOf(element, "help");
  if (help && !help.hidden) {
    help.id = `${id}-help`;
    control?.setAttribute("aria-describedby", help.id);
  }
  return { element, control };
}

function words(setting, _pen, changed) {
  const { element, control } = frame(setting.kind === "currency" ? "text" : setting.kind, setting);
  const isCurrency = setting.kind === "currency";
  control.maxLength = isCurrency ? 3 : setting.limit;
  if (isCurrency) control.classList.add("input--short");
  control.addEventListener("input", () => {
    const text = isCurrency ? control.value.toUpperCase() : control.value;
    if (!isCurrency || /^[A-Z]{3}$/.test(text)) changed(text);
  });
  const names = variables(setting.help);
  if (names.length) slotOf(element, "variables").replaceChildren(...names.map((name) => variable(name, control)));
  return { element, show: (value) => keep(control, value) };
}

/** A button that writes a variable where the caret is. */
function variable(name, control) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "chip", textContent: `{{${name}}}` });
  button.addEventListener("click", () => {
    const { text, caret } = inserted(control.value, `{{${name}}}`, control.selectionStart, control.selectionEnd);
    control.value = text;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.focus();
    control.setSelectionRange(caret, caret);
  });
  return button;
}

function numbers(setting, pen, changed) {
  const { element, control } = frame("number", setting);
  const slider = element.querySelector("[data-slider]");
  const step = setting.step < 1 ? "any" : setting.step;
  for (const input of [control, slider]) Object.assign(input, { min: setting.least, max: setting.most, step });
  slider.hidden = (setting.most - setting.least) / setting.step > MOST_STEPS;
  slider.step = setting.step;
  control.addEventListener("input", () => {
    const read = readNumber(control.value, setting);
    wrong(element, control, read === null ? fill(pen.words.number, setting) : "");
    if (read !== null) changed(read);
  });
  slider.addEventListener("input", () => changed(Number(slider.value)));
  return {
    element,
    show(value) {
      if (document.activeElement !== control || readNumber(control.value, setting) !== value) {
        control.value = value;
        wrong(element, control, "");
      }
      slider.value = value;
    },
  };
}

function toggle(setting, _pen, changed) {
  const { element, control } = frame("switch", setting);
  control.addEventListener("change", () => changed(control.checked));
  return { element, show: (value) => (control.checked = value) };
}

function colour(setting, pen, changed) {
  const { element, control } = frame("colour", setting);
  const picker = element.querySelector("[data-picker]");
  const percent = element.querySelector("[data-percent]");
  picker.ariaLabel = setting.label;
  percent.ariaLabel = `${setting.label}: ${pen.words.opacity}`;
  control.addEventListener("input", () => {
    const read = readColour(control.value);
    wrong(element, control, read ? "" : pen.words.colour);
    if (read) changed(joinColour(splitColour(read).solid, splitColour(read).percent));
  });
  for (const input of [picker, percent]) {
    input.addEventListener("input", () => changed(joinColour(picker.value, Number(percent.value))));
  }
  return {
    element,
    show(value) {
      const { solid, percent: opacity } = splitColour(value);
      if (keep(control, value, readColour)) wrong(element, control, "");
      picker.value = solid;
      percent.value = opacity;
      element.style.setProperty("--shown", value);
    },
  };
}

function choice(setting, _pen, changed) {
  const { element, control } = frame("choice", setting);
  control.replaceChildren(...setting.choices.map(([value, label]) => new Option(label, value)));
  control.addEventListener("change", () => changed(control.value));
  return { element, show: (value) => (control.value = value) };
}

/** Some of `options` ([slug, label]); what is chosen stands above, the boxes open below it. */
function several(setting, _pen, changed, options, none) {
  const { element } = frame("several", setting);
  const boxes = options.map(([value, label]) => {
    const row = blank("tick");
    const box = row.querySelector("input");
    Object.assign(box, { value, id: `field-${(number += 1)}` });
    row.querySelector("label").append(...markOf(value), label);
    row.querySelector("label").htmlFor = box.id;
    return { row, box, label };
  });
  slotOf(element, "options").replaceChildren(...boxes.map(({ row }) => row));
  slotOf(element, "options").ariaLabel = setting.label;
  slotOf(element, "options").addEventListener("change", () =>
    changed(boxes.filter(({ box }) => box.checked).map(({ box }) => box.value)),
  );
  return {
    element,
    show(values) {
      for (const { box } of boxes) box.checked = values.includes(box.value);
      slotOf(element, "chosen").textContent = listed(
        boxes.filter(({ box }) => box.checked).map(({ label }) => label),
        none,
      );
    },
  };
}

function markOf(slug) {
  if (!document.querySelector(`template[data-icon="${CSS.escape(slug)}"]`)) return [];
  const mark = document.createElement("span");
  mark.className = "icon";
  mark.append(icon(slug));
  return [mark];
}

function moment(setting, _pen, changed) {
  const { element, control } = frame("moment", setting);
  control.addEventListener("input", () => changed(fromLocal(control.value)));
  return { element, show: (value) => keep(control, toLocal(value)) };
}

/** Leaves alone what somebody is typing, as long as it means the same; whether it did not. */
function keep(control, value, read = (text) => text) {
  if (document.activeElement === control && read(control.value) === read(value)) return false;
  if (control.value !== value) control.value = value;
  return true;
}

/** Says what is wrong with what was typed, or that nothing is. */
export function wrong(element, control, text) {
  write(element, "error", text);
  if (text) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}
