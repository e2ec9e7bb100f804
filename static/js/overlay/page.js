/** An overlay: puts its layers on the stage, and plays what the server says. */
import { newId } from "../lib/ids.js";
import { Alerts } from "./alerts.js";
import { Frames } from "./frames.js";
import { Line } from "./line.js";
import { listen } from "./preview.js";
import { Sight } from "./sight.js";
import { Stage } from "./stage.js";

const facts = read("#facts");
const stage = new Stage(document.querySelector("[data-stage]"), {
  words: read("#words"),
  language: document.documentElement.lang,
  timeZone: facts.time_zone || undefined,
  isPreview: facts.framed_by !== null,
});

function read(selector) {
  return JSON.parse(document.querySelector(selector).textContent);
}

function run() {
  const sight = new Sight(window);
  const frames = new Frames(window);
  const source = newId();
  const line = new Line({
    url: new URL("/v1/ws/overlay", location.href.replace(/^http/, "ws")).href,
    hello: () => ({ type: "overlay", key: location.pathname.split("/")[2], source, ...sight.told }),
    beat: () => ({ ...sight.told, fps: frames.rate }),
    on: {
      ready: ({ hides_chat: hidesChat }) => {
        stage.hideChat(hidesChat);
        alerts.connected();
      },
      definition: (definition) => {
        stage.show(definition);
        alerts.look();
      },
      heard: (channel, message) => {
        if (channel === "overlay") lookAt(message);
        stage.hear(channel, message);
        if (channel === "alerts") alerts.hearQueue(message.data);
      },
      said: (message) => alerts.hear(message),
      beaten: () => frames.measure(),
      lost: () => alerts.lost(),
      over: () => {
        alerts.stop();
        stage.blank();
      },
      reload: () => location.reload(),
    },
  });
  const alerts = new Alerts({ stage, sight, say: (message) => line.say(message) });
  let asked = 0;

  // What the overlay itself tells: another version to be fetched, or that somebody wants its pages to load again.
  function lookAt({ type, data }) {
    if (type === "overlay.reload" && Date.parse(data.at) > line.since) location.reload();
    if (type !== "overlay.state" || data.version === stage.version || data.version === asked) return;
    asked = data.version;
    line.say({ type: "look" });
  }

  sight.onchange = () => {
    line.beat();
    alerts.look();
  };
  line.start();
}

if (facts.framed_by !== null) listen(window, stage, facts);
else run();
