// Sends argv[2] messages to every socket of the server, from a process of its own, as fast as Valkey takes them.
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const pub = createClient({ socket: { path: process.env.VALKEY_SOCKET } });
const sub = pub.duplicate();
await Promise.all([pub.connect(), sub.connect()]);

const io = new Server({ adapter: createAdapter(pub, sub) });
const line = { type: "chat.message", data: { platform: "twitch", message: "what a run, that was it. ".repeat(20) } };
const total = Number(process.argv[2]);
for (let sent = 0; sent < total; sent += 100) {
  for (let i = 0; i < 100; i += 1) io.emit("message", line);
  await pub.ping(); // what was emitted is with Valkey
}
process.exit(0);
