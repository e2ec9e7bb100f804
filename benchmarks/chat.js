// Stands in for the web socket of a chat page, and says what fifty thousand viewers might. Put into the page before all
// of its own scripts.
{
  const EMOTE = new URL("/static/icons/favicon.svg", location.href).href;
  const VIEWERS = 2_000;
  const SAID = ["that jump was insane", "gg", "which keyboard is that?", "no way", "hello from Hamburg, first time here"];
  const MODERATOR = { id: "7", login: "ana", name: "Ana" };
  let seq = 0;
  let socket = null;
  let channel = "";

  window.WebSocket = class {
    readyState = 1;

    constructor() {
      socket = this;
      setTimeout(() => this.onopen?.({}));
    }

    send(text) {
      const { type, channel: wanted } = JSON.parse(text);
      if (type === "auth") tell({ type: "ready", version: "1", permissions: [] });
      if (type !== "subscribe") return;
      if (wanted.startsWith("chat:")) channel = wanted;
      tell({ type: "subscribed", channel: wanted, seq: wanted.startsWith("chat:") ? seq : null });
    }

    close() {}
  };

  const tell = (message) => setTimeout(() => socket.onmessage?.({ data: JSON.stringify(message) }));
  const idOf = (number) => `message-${number}`;

  /** Every 25th takes a message out, every 200th times somebody out, all others are said, every third with an emote. */
  function next() {
    seq += 1;
    const viewer = (seq * 7) % VIEWERS;
    if (seq % 200 === 0) return row("chat.user_cleared", viewer, { act: "timeout", seconds: 600, moderator: MODERATOR });
    if (seq % 25 === 0) return row("chat.message_deleted", viewer, { message_id: idOf(seq - 10), moderator: MODERATOR });
    const text = SAID[seq % SAID.length];
    const emote = seq % 3 ? [] : [{ type: "emote", text: " LumioHype", id: "1", url: EMOTE, animated: false }];
    const extra = { badges: seq % 9 ? [] : [{ set: "vip", id: "1", info: "" }], first: seq % 50 === 1 };
    return row("chat.message", viewer, extra, text, [{ type: "text", text }, ...emote]);
  }

  function row(type, viewer, extra, message = "", fragments = []) {
    const now = new Date().toISOString();
    const actor = { id: String(viewer), login: `viewer${viewer}`, name: `Viewer_${viewer}`, avatar: "", anonymous: false };
    const facts = { amount: null, unit: "", currency: "", removed: null, origin: "live" };
    const data = { id: idOf(seq), platform: "twitch", channel_id: "31337", occurred_at: now, received_at: now };
    return { seq, type, data: { ...data, ...facts, actor, message, fragments, extra } };
  }

  const frame = (size) => {
    const messages = Array.from({ length: size }, next);
    socket.onmessage({ data: JSON.stringify({ type: "messages", channel, messages }) });
  };
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

  /** Say so many things as fast as the page draws them. */
  window.say = async (number) => {
    for (let left = number; left > 0; left -= 50) {
      frame(Math.min(left, 50));
      await painted();
    }
  };

  /** Say `rate` things a second for so many seconds; the longest task (ms) that the page had meanwhile. */
  window.sayAtRate = async (rate, seconds) => {
    let longest = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
    });
    observer.observe({ entryTypes: ["longtask"] });
    const [begun, first] = [performance.now(), seq];
    while (performance.now() - begun < seconds * 1000) {
      const due = Math.floor(((performance.now() - begun) / 1000) * rate) - (seq - first);
      if (due > 0) frame(due);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    observer.disconnect();
    return longest;
  };
}
