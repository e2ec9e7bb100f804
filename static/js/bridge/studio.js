// `window.obsstudio`: the little that OBS lets its own pages do. What it is used for is decided by the server.

const QUESTIONS = new Set(["getStatus", "getCurrentScene", "getScenes", "getTransitions", "getCurrentTransition"]);
const ACTS = new Set([
  "saveReplayBuffer",
  "startReplayBuffer",
  "stopReplayBuffer",
  "setCurrentScene",
  "setCurrentTransition",
  "startStreaming",
  "stopStreaming",
  "startRecording",
  "stopRecording",
  "pauseRecording",
  "unpauseRecording",
  "startVirtualcam",
  "stopVirtualcam",
]);
const EVENTS = [
  ...["obsSceneChanged", "obsSceneListChanged", "obsTransitionChanged", "obsExit"],
  ...["obsStreamingStarting", "obsStreamingStarted", "obsStreamingStopping", "obsStreamingStopped"],
  ...["obsRecordingStarting", "obsRecordingStarted", "obsRecordingPaused", "obsRecordingUnpaused"],
  ...["obsRecordingStopping", "obsRecordingStopped"],
  ...["obsReplaybufferStarting", "obsReplaybufferStarted", "obsReplaybufferSaved"],
  ...["obsReplaybufferStopping", "obsReplaybufferStopped"],
  ...["obsVirtualcamStarted", "obsVirtualcamStopped"],
];
// Milliseconds that OBS gets to say what the page may do.
const PATIENCE = 2_000;

export class Studio {
  #obs;
  #say;

  /** `page` is a window, `say` sends the server a message. */
  constructor(page, say) {
    this.#obs = page.obsstudio;
    this.#say = say;
    if (!this.#obs) return;
    for (const name of EVENTS) {
      page.addEventListener(name, ({ detail }) => say({ type: "event", name, detail }));
    }
  }

  /** What the page may do: 0 to 5, null outside OBS. */
  async level() {
    if (!this.#obs) return null;
    // An OBS that has no levels yet lets its pages read.
    if (!this.#obs.getControlLevel) return 1;
    return Promise.race([
      new Promise((resolve) => this.#obs.getControlLevel(resolve)),
      new Promise((resolve) => setTimeout(resolve, PATIENCE, 0)),
    ]);
  }

  /** Does what the server asks for; false for what is none of its messages. */
  heard({ type, call, name, arguments: values }) {
    if (type !== "studio") return false;
    const answer = (value) => this.#say({ type: "answer", call, value });
    if (QUESTIONS.has(name)) {
      this.#obs?.[name]?.(answer);
    } else if (ACTS.has(name)) {
      this.#obs?.[name]?.(...values);
      answer(null); // OBS says nothing, and what came of it in an event
    }
    return true;
  }
}
