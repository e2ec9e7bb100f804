// obs-websocket-js at a stand-in: `node obs.mjs <port> <password>` prints what came of it, as JSON on its last line.
import { OBSWebSocket } from "obs-websocket-js/json";

const [port, password] = process.argv.slice(2);
const address = `ws://127.0.0.1:${port}`;
const told = { events: [] };
const obs = new OBSWebSocket();
const outcome = (promise) =>
  promise.then((value) => value ?? null, (error) => ({ code: error.code, message: error.message }));
const event = (name) => new Promise((heard) => obs.once(name, heard));

obs.on("CurrentProgramSceneChanged", ({ sceneName }) => told.events.push(sceneName));
told.wrong = await outcome(new OBSWebSocket().connect(address, `${password}!`));
told.old = await outcome(new OBSWebSocket().connect(address, password, { rpcVersion: 7 }));
told.met = await outcome(obs.connect(address, password, { rpcVersion: 1 }));
told.version = (await obs.call("GetVersion")).obsVersion;
told.scenes = (await obs.call("GetSceneList")).scenes.map(({ sceneName }) => sceneName);
told.nowhere = await outcome(obs.call("SetCurrentProgramScene", { sceneName: "Nowhere" }));
told.unknown = await outcome(obs.call("GetNonsense"));
told.off = await outcome(obs.call("StopStream"));
const ended = event("SceneTransitionEnded");
told.switched = await outcome(obs.call("SetCurrentProgramScene", { sceneName: "Pause" }));
await ended;
const muted = event("InputMuteStateChanged");
await obs.call("SetInputMute", { inputName: "Mic/Aux", inputMuted: true });
told.muted = await muted;
const levels = Array.from({ length: 200 }, (_, index) => -index / 10);
const volumes = await Promise.all(
  levels.map((inputVolumeDb) => obs.call("SetInputVolume", { inputName: "Clip", inputVolumeDb })),
);
told.atOnce = volumes.length;
told.batch = (
  await obs.callBatch(
    [
      { requestType: "GetStudioModeEnabled" },
      { requestType: "Sleep", requestData: { sleepMillis: 1 } },
      { requestType: "StopRecord" },
      { requestType: "GetStats" },
    ],
    { haltOnFailure: true },
  )
).map(({ requestType, requestStatus }) => [requestType, requestStatus.code]);
await obs.reidentify({ eventSubscriptions: 0 });
await obs.call("SetInputMute", { inputName: "Mic/Aux", inputMuted: false });
told.again = await outcome(obs.call("GetInputMute", { inputName: "Mic/Aux" }));
const closed = event("ConnectionClosed");
await fetch(`http://127.0.0.1:${port}/_control/quit`, { method: "POST" });
told.closed = (await closed).code;
console.log(JSON.stringify(told));
process.exit(0);
