/** What is done to a layer on air, not to the draft: starting a timer, counting a goal anew. */
import { call, why } from "../popout/api.js";
import { slotOf } from "../popout/draw.js";
import { blank } from "./canvas.js";
import { layerOf } from "./draft.js";

/** Buttons for the layer `id`, hidden where there is nothing to do. They work once it is saved as what it is now. */
export function remote(id, { desk, running, words, acts }) {
  const element = blank("remote");
  const draw = () => {
    const layer = layerOf(desk.draft, id);
    const saved = layerOf(desk.saved, id);
    const can = actsOf(layer);
    element.hidden = !can.length;
    for (const button of element.querySelectorAll("button")) {
      button.hidden = !can.includes(button.dataset.remote);
      button.disabled = !saved || actsOf(saved).join() !== can.join();
    }
    slotOf(element, "unsaved").hidden = !can.length || !element.querySelector("button:not([hidden]):disabled");
  };
  element.addEventListener("click", async ({ target }) => {
    const { remote: act } = target.closest("button")?.dataset ?? {};
    if (!act) return;
    try {
      if (act === "anew") await call("DELETE", `${running}/goals/${id}`);
      else await call("POST", `${running}/timers/${id}`, { act });
      acts.say(words.remote[act], false, true);
    } catch (error) {
      acts.say(why(error), true);
    }
  });
  return { element, show: draw };
}

function actsOf({ type, config }) {
  if (type === "goal") return ["anew"];
  return type === "timer" && ["countdown", "stopwatch"].includes(config.mode) ? ["start", "stop", "reset"] : [];
}
