/** The audio of one OBS: mute, faders, and the buttons of media. */
import { arrange, slotOf, write } from "./draw.js";
import { arm, more } from "./obs-desk.js";
import { named } from "./obs-face.js";
import { decibels, fader, loudness } from "./obs-numbers.js";
import { fill } from "./words.js";

const STEPS = 1000; // of a fader
const PAUSE = 200; // ms between two volumes that are sent while a fader moves
const OWN = 2500; // ms in which a fader stays where it was put

export function drawMixer(page, data, pen) {
  arrange(slotOf(page, "inputs"), data.inputs, {
    key: ({ name }) => name,
    make: ({ name }) => made(page, name, pen),
    draw: (item, input) => draw(item, input, data, pen),
  });
  more(page, "inputs-more", data.inputs_left_out, pen.words);
  slotOf(page, "no-inputs").hidden = data.inputs.length > 0;
}

function made(page, name, pen) {
  const item = page.querySelector("template[data-input]").content.firstElementChild.cloneNode(true);
  const slider = slotOf(item, "fader");
  let wanted = null;
  let isSending = false;
  // One after the other, and only the newest: OBS would still be moving after the hand has stopped.
  const send = async () => {
    if (isSending) return;
    isSending = true;
    for (let sent = null; sent !== wanted; ) {
      sent = wanted;
      await pen.tell({ act: "input.volume", input: name, db: sent });
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    isSending = false;
  };
  slider.addEventListener("input", () => {
    item.movedAt = performance.now();
    wanted = decibels(slider.valueAsNumber / STEPS);
    show(item, wanted, pen.language);
    send();
  });
  return item;
}

function draw(item, { name, muted, db, is_special: isSpecial, media }, data, pen) {
  const shown = named(name);
  item.toggleAttribute("data-muted", muted);
  item.toggleAttribute("data-special", isSpecial);
  slotOf(item, "name").textContent = shown;
  slotOf(item, "name").title = name;
  slotOf(item, "muted").hidden = !muted;
  const mute = slotOf(item, "mute");
  arm(mute, { act: "input.mute", input: name, muted: !muted }, data, pen);
  if (mute.tagName === "BUTTON") {
    mute.ariaLabel = fill(pen.words.mute, { name: shown });
    mute.title = mute.ariaLabel;
    mute.ariaPressed = String(muted);
  }
  const slider = slotOf(item, "fader");
  slider.ariaLabel = fill(pen.words.volume, { name: shown });
  slider.disabled = !pen.mayControl || !data.can.includes("input.volume");
  if (!(performance.now() - item.movedAt < OWN)) {
    slider.value = fader(db ?? -Infinity) * STEPS;
    show(item, db, pen.language);
  }
  drawMedia(slotOf(item, "media"), name, media, data, pen);
}

function drawMedia(place, name, media, data, pen) {
  place.hidden = !media || !pen.mayControl;
  if (place.hidden) return;
  slotOf(place, "play").hidden = media === "playing";
  slotOf(place, "pause").hidden = media !== "playing";
  for (const what of ["play", "pause", "restart", "stop"]) {
    arm(slotOf(place, what), { act: "input.media", input: name, media: what }, data, pen);
  }
}

function show(item, db, language) {
  const text = loudness(db, language);
  const slider = slotOf(item, "fader");
  write(item, "db", text);
  slider.ariaValueText = text;
  slider.style.setProperty("--filled", `${slider.value / (STEPS / 100)}%`);
}
