/** The bridge page: takes Lumio to the OBS and the Streamer.bot on this machine. Inside OBS it shows nothing. */
import { Home } from "../lib/home.js";
import { Relay } from "./relay.js";
import { Shown } from "./shown.js";
import { Studio } from "./studio.js";

async function run() {
  const shown = new Shown(document);
  const say = (message) => home.say(message);
  const relay = new Relay(say);
  const studio = new Studio(window, say);
  let level = null;
  const home = new Home({
    url: new URL("/v1/ws/bridge", location.href.replace(/^http/, "ws")).href,
    hello: () => ({
      type: "bridge",
      secret: location.pathname.split("/").pop(),
      level,
      language: document.documentElement.lang,
    }),
    on: {
      message: (message) => relay.heard(message) || studio.heard(message) || shown.heard(message),
      lost: () => {
        relay.closeAll();
        shown.become("connecting");
      },
      over: () => shown.become("over"),
      reload: () => location.reload(),
    },
  });
  level = await studio.level();
  home.start();
}

run();
