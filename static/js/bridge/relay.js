// Connections to the tools on this machine, opened because the server says so. The page hands frames to and fro and
// understands none of them; above all it never learns a password.

/** Characters of one message to the server, which takes 64 KiB: in JSON a character becomes three bytes at most. */
const PIECE = 20_000;
// What obs-websocket says to a client: Hello, Identified, Event, and the answers to requests.
const OPS = new Set([0, 2, 5, 7, 9]);
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/;

export class Relay {
  #say;
  #sockets = new Map();

  /** `say` sends the server a message. */
  constructor(say) {
    this.#say = say;
  }

  /** What the server wants of a connection; false for what is none of its messages. */
  heard(message) {
    switch (message.type) {
      case "open":
        this.#open(message);
        return true;
      case "frame":
        this.#sockets.get(message.link)?.pass(message.data);
        return true;
      case "close":
        this.#drop(message.link);
        return true;
    }
    return false;
  }

  /** The server is gone, and with it whoever wanted the connections. */
  closeAll() {
    for (const link of [...this.#sockets.keys()]) this.#drop(link);
  }

  #drop(link) {
    const socket = this.#sockets.get(link);
    this.#sockets.delete(link);
    socket?.close();
  }

  #open({ link, tool, port, path }) {
    let socket;
    try {
      socket = new WebSocket(addressOf(port, path));
    } catch {
      this.#say({ type: "closed", link, code: 1006, why: "blocked" }); // not even tried: a page that may not
      return;
    }
    const isObs = tool === "obs";
    let wasOpen = false;
    this.#sockets.set(link, {
      pass: (data) => {
        if (socket.readyState === 1 && (!isObs || isSafe(data))) socket.send(data);
      },
      close: () => socket.close(1000),
    });
    const whileWanted = (handle) => (event) => {
      if (this.#sockets.has(link)) handle(event);
    };
    socket.onopen = whileWanted(() => {
      wasOpen = true;
      this.#say({ type: "opened", link });
    });
    socket.onmessage = whileWanted(({ data }) => {
      if (typeof data === "string" && (!isObs || OPS.has(opOf(data)))) this.#pieces(link, data);
    });
    socket.onclose = whileWanted(async ({ code, reason }) => {
      this.#sockets.delete(link);
      const why = wasOpen ? undefined : (await isBlocked()) ? "blocked" : "refused";
      this.#say({ type: "closed", link, code, reason, why });
    });
  }

  #pieces(link, data) {
    let from = 0;
    do {
      let to = Math.min(from + PIECE, data.length);
      // Never between the two halves of a character: alone, neither can be put together again.
      if (to < data.length && isFirstHalf(data.charCodeAt(to - 1))) to -= 1;
      this.#say({ type: "frame", link, data: data.slice(from, to), more: to < data.length });
      from = to;
    } while (from < data.length);
  }
}

/** Always this machine: from https no other may be opened, and from http no other should be. */
function addressOf(port, path) {
  const address = new URL("ws://127.0.0.1");
  address.port = String(port);
  const [pathname, query = ""] = String(path).split("?", 2);
  address.pathname = pathname;
  address.search = query;
  return address.href;
}

/** Whether OBS survives it: up to 29.0 an Identify whose `authentication` is no text ends it. */
function isSafe(text) {
  const { op, d = {} } = JSON.parse(text);
  return op !== 1 || !("authentication" in d) || typeof d.authentication === "string";
}

function opOf(text) {
  try {
    return JSON.parse(text)?.op;
  } catch {
    return undefined;
  }
}

function isFirstHalf(code) {
  return code >= 0xd800 && code <= 0xdbff;
}

/** Whether the browser keeps this page from loopback until somebody allows it (Local Network Access, Chromium 147). */
async function isBlocked() {
  if (LOOPBACK.test(location.hostname)) return false; // such pages need nobody's leave
  for (const name of ["loopback-network", "local-network-access"]) {
    try {
      return (await navigator.permissions.query({ name })).state !== "granted";
    } catch {
      // a browser that does not know it, as those in OBS
    }
  }
  return false;
}
