// Stands in for the socket of an overlay's page, and is a stream on which much goes on. Put into the page before all of
// its own scripts, with `window.STREAM` being the definition of the overlay.
{
  const EMOTE = new URL("/static/icons/favicon.svg", location.href).href;
  const VIEWERS = 500;
  const SAID = ["that jump was insane", "gg", "which keyboard is that?", "no way", "hello from Hamburg, first time here"];
  const SECOND = 1000;
  let socket = null;
  let chatSeq = 0;
  let eventsSeq = 0;
  let playing = null;
  let waiting = 0;
  const done = [];

  window.WebSocket = class {
    readyState = 1;

    constructor() {
      socket = this;
      setTimeout(() => this.onopen?.({}));
    }

    send(text) {
      const message = JSON.parse(text);
      answer[message.type]?.(message);
    }

    close() {}
  };

  const answer = {
    overlay() {
      const server_time = new Date().toISOString();
      tell({ type: "ready", version: "1", server_time });
      tell({ type: "definition", piece: JSON.stringify(window.STREAM), is_last: true });
    },
    next() {
      if (!waiting || playing) {
        tell({ type: "nothing" });
        return;
      }
      waiting -= 1;
      playing = { play: `play-${done.length}`, alert: done.length };
      tell({ type: "play", ...playing, wait: 0, version: 1, seconds: 5, muted: false, ...shown(), layers: boxes() });
    },
    started: ({ play }) => tell({ type: "noted", play, what: "started" }),
    done({ play }) {
      tell({ type: "noted", play, what: "done" });
      if (playing?.play !== play) return;
      done.push(play);
      playing = null;
    },
  };

  const tell = (message) => setTimeout(() => socket?.onmessage?.({ data: JSON.stringify(message) }));
  const send = (topic, messages) => tell({ type: "messages", channel: `${topic}:stream`, messages });
  const boxes = () =>
    window.STREAM.layers
      .filter(({ type }) => type === "alert_box")
      .map(({ id, config }) => ({ layer: id, variation: config.variations[0].id }));

  function shown() {
    const name = viewer(done.length).name;
    const data = row(done.length, { amount: 500, unit: "money", currency: "EUR", message: SAID[done.length % SAID.length] });
    return { event: { ...data, type: "tip" }, variables: { name, amount: "€5.00" } };
  }

  function viewer(number) {
    const place = (number * 7) % VIEWERS;
    return { id: String(place), name: `Viewer_${place}`, avatar: "", anonymous: false };
  }

  function row(number, facts) {
    return {
      id: `row-${number}`,
      platform: "twitch",
      origin: "live",
      occurred_at: new Date().toISOString(),
      actor: viewer(number),
      amount: null,
      unit: "",
      currency: "",
      message: "",
      fragments: [],
      extra: {},
      ...facts,
    };
  }

  /** Every 25th takes a message out, every 200th a viewer; all others are said, every third with an emote. */
  function said() {
    chatSeq += 1;
    if (chatSeq % 200 === 0) return { seq: chatSeq, type: "chat.user_cleared", data: row(chatSeq, {}) };
    if (chatSeq % 25 === 0) {
      return { seq: chatSeq, type: "chat.message_deleted", data: row(chatSeq, { extra: { message_id: `row-${chatSeq - 10}` } }) };
    }
    const text = SAID[chatSeq % SAID.length];
    const emote = chatSeq % 3 ? [] : [{ type: "emote", text: " LumioHype", id: "1", url: EMOTE, animated: false }];
    const fragments = [{ type: "text", text }, ...emote];
    return { seq: chatSeq, type: "chat.message", data: row(chatSeq, { message: text, fragments, extra: { badges: [] } }) };
  }

  function happened() {
    eventsSeq += 1;
    return { seq: eventsSeq, type: "follow", data: row(eventsSeq, {}) };
  }

  function state() {
    const goals = Object.fromEntries(window.STREAM.layers.map(({ id }) => [id, { counted: eventsSeq }]));
    const facts = { last_follower: viewer(eventsSeq).name };
    return { id: "state", type: "overlay.state", data: { version: window.STREAM.version, goals, timers: {}, facts } };
  }

  function plays() {
    const number = Math.floor(eventsSeq / 3);
    const item = { kind: "track", title: `Lighthouse ${number}`, subtitle: "The Fog Signals", image: EMOTE, duration_ms: 214_000, link: String(number) };
    return { id: "player", type: "music.player", data: { state: "playing", item, progress_ms: (eventsSeq % 3) * 60_000 } };
  }

  /** Tell the page messages of a channel. */
  window.send = send;

  /** Say so many messages. */
  window.chat = (number) => send("chat", Array.from({ length: number }, said));

  /** What a minute brings beside the chat: a follow, an alert, news of the goal and of what plays. */
  window.minute = () => {
    waiting += 1;
    send("events", [happened()]);
    send("overlay", [state()]);
    send("music", [plays()]);
    send("alerts", [{ id: "queue", type: "alerts.queue", data: { waiting, current: playing, muted: false, paused: false, version: 1 } }]);
    tell({ type: "beat" });
  };

  /** The connection is lost; the page makes another. */
  window.breakLine = () => {
    const lost = socket;
    socket = null;
    lost.onclose?.({ code: 1006 });
  };

  /** How many alerts were played to their end. */
  window.played = () => done.length;

  /** Frames in each of so many seconds of `rate` messages a second and alert after alert: the median. */
  window.framesPerSecond = async (rate, seconds) => {
    waiting = Infinity;
    window.minute();
    const begun = performance.now();
    const frames = Array(seconds).fill(0);
    let sent = 0;
    const count = (time) => {
      const second = Math.floor((time - begun) / SECOND);
      if (second in frames) frames[second] += 1;
      if (second < seconds) requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
    while (performance.now() - begun < seconds * SECOND) {
      const due = Math.floor(((performance.now() - begun) / SECOND) * rate) - sent;
      if (due > 0) window.chat(due);
      sent += Math.max(0, due);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return frames.sort((one, other) => one - other)[Math.floor(seconds / 2)];
  };
}
