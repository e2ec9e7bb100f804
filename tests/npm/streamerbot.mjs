// The official client of Streamer.bot at a stand-in: `node streamerbot.mjs <port> <password>` prints what came of it, as
// JSON on its last line. The stand-in has an action "Lights".
import { StreamerbotClient } from "@streamerbot/client";

const [port, password] = process.argv.slice(2);
const told = { errors: [], events: [] };
const client = new StreamerbotClient({
  host: "127.0.0.1",
  port: Number(port),
  endpoint: "/",
  password,
  immediate: false,
  autoReconnect: false,
  logLevel: "none",
  onConnect: (info) => (told.info = info),
  onDisconnect: () => (told.disconnected = true),
  onError: (error) => told.errors.push(error.message),
});
const until = async (condition) => {
  for (const end = Date.now() + 3000; !condition() && Date.now() < end; ) await new Promise((go) => setTimeout(go, 10));
};
const outcome = (promise) => promise.then((value) => value, (error) => ({ thrown: String(error?.message ?? error) }));

await client.on("General.Custom", ({ event, data }) => told.events.push([`${event.source}.${event.type}`, data]));
await outcome(client.connect(5000)); // says nothing about the password
await until(() => client.ready || told.errors.length || told.disconnected);
told.ready = client.ready;
if (told.ready) {
  // By itself it would ask for what an action answers with only after it has asked for the action.
  await client.subscribe({ Custom: ["Event"], General: ["Custom"] });
  told.authenticated = client.authenticated;
  const { actions } = await client.getActions();
  told.actions = actions.map(({ name, group, enabled }) => ({ name, group, enabled }));
  const ran = await client.doAction(actions[0].id, { colour: "red" }, { customEventResponse: true });
  told.ran = ran.customEventResponseArgs;
  told.byName = (await client.doAction({ name: "Lights" })).status;
  told.unknown = await outcome(client.doAction("4711"));
  told.global = (await outcome(client.getGlobal("deaths"))).variable?.value;
  told.globals = (await outcome(client.getGlobals(false))).count;
  told.broadcaster = (await client.getBroadcaster()).platforms.twitch.broadcastUser;
  told.said = await outcome(client.sendMessage("twitch", "hello"));
  told.sources = Object.keys((await client.getEvents()).events).length;
  await fetch(`http://127.0.0.1:${port}/_control/broadcast`, { method: "POST", body: '{"data": {"boss": "defeated"}}' });
  await until(() => told.events.length);
  told.left = (await client.unsubscribe({ General: ["Custom"] })).status;
  await client.disconnect();
}
console.log(JSON.stringify(told));
process.exit(0);
