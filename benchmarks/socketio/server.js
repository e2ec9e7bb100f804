// What the live bus is compared with: Socket.IO with its Redis adapter, one process.
import { createServer } from "node:http";

import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const pub = createClient({ socket: { path: process.env.VALKEY_SOCKET } });
const sub = pub.duplicate();
await Promise.all([pub.connect(), sub.connect()]);

const http = createServer((request, response) => response.end("ok"));
new Server(http, { adapter: createAdapter(pub, sub), transports: ["websocket"] });
http.listen(Number(process.env.PORT), "127.0.0.1");
