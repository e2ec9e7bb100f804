/** The one socket of a page, for all its live parts. */
import { LiveSocket, SUPERSEDED } from "../lib/live.js";
import { forgetToken, inObs, takeToken } from "./link.js";

const parts = new Set();
let socket = null;
let starting = 0;

/**
 * Have `part` told of what it listens to. `part` is `{channels: [{name, after}], byToken, on}` with the callbacks of
 * `LiveSocket`; `messages`, `gap` and `refused` are called for its own channels only. Parts that are there when the page
 * comes share a socket. Returns what stops it.
 */
export function listen(part) {
  parts.add(part);
  starting ||= setTimeout(start, 0); // the other parts of the page say so before that
  return () => {
    parts.delete(part);
    if (!parts.size) stop();
  };
}

function start() {
  starting = 0;
  socket?.stop();
  if (!parts.size) return;
  const channels = new Map();
  for (const part of parts) for (const channel of part.channels) channels.set(channel.name, channel);
  const token = takeToken(window);
  const byToken = [...parts].some((part) => part.byToken);
  socket = new LiveSocket({
    url: new URL("/v1/ws", location.href.replace(/^http/, "ws")).href,
    token: byToken ? token : null,
    page: location.pathname,
    channels: [...channels.values()],
    on: {
      messages: (name, messages) => {
        // Should the socket be opened anew, it goes on after what was seen.
        const last = messages.at(-1).seq;
        if (last !== undefined) channels.get(name).after = last;
        tell(name, "messages", messages);
      },
      state: (state) => tell(null, "state", state),
      gap: (name, from, to) => tell(name, "gap", from, to),
      reload: () => location.reload(),
      refused: (name, code) => tell(name, "refused", code),
      closed,
    },
  });
  socket.start();
}

function stop() {
  clearTimeout(starting);
  starting = 0;
  socket?.stop();
  socket = null;
}

/** The page is over. Its token may work on, if it is only the page that somebody closed. */
function closed(code) {
  tell(null, "closed", code);
  if (code === SUPERSEDED) sayClosed();
  else forgetToken(window);
}

/** One sentence and the way back, but nothing on air: there, whoever refreshes the source has it back. */
function sayClosed() {
  const notice = document.querySelector("template[data-page-closed]");
  document.body.replaceChildren(...(notice && !inObs(window) ? [notice.content.cloneNode(true)] : []));
}

/** Calls `what` of every part that listens to the channel; of all parts for null. */
function tell(name, what, ...values) {
  for (const part of [...parts]) {
    if (name === null) part.on[what]?.(...values);
    else if (part.channels.some((channel) => channel.name === name)) part.on[what]?.(name, ...values);
  }
}
