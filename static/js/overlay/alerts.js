/**
 * Plays alerts. The queue is the server's: a page that can be seen and is idle asks for the next one, says when it begins
 * and when it is over. What it says is repeated until it was noted, as the server may be away meanwhile.
 */

const SECOND = 1_000;
// An idle page asks by itself so often: what woke it may have been lost.
const AGAIN = 5 * SECOND;
// So many plays are remembered, lest one is shown twice.
const REMEMBERED = 200;

export class Alerts {
  #stage;
  #sight;
  #say;
  #play = null; // what plays, or is about to
  #isAsked = false;
  #isAskedAgain = false; // something has changed since
  #begun = new Set();
  #unnoted = new Map(); // by play: the last that was said of it
  #timer;

  /** `say(message)` tells the server, if it is there. */
  constructor({ stage, sight, say }) {
    this.#stage = stage;
    this.#sight = sight;
    this.#say = say;
    this.#timer = setInterval(() => this.look(), AGAIN);
  }

  stop() {
    clearInterval(this.#timer);
    this.#stage.halt();
  }

  connected() {
    this.#isAsked = false;
    for (const message of this.#unnoted.values()) this.#say(message);
    this.look();
  }

  lost() {
    this.#isAsked = false;
  }

  /** Ask for an alert if one could be played now. */
  look() {
    if (this.#play || !this.#stage.hasAlertBox || !this.#sight.isSeen) return;
    this.#isAskedAgain = this.#isAsked;
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#say({ type: "next" });
  }

  /** How the queue is. */
  hearQueue({ waiting, current, version }) {
    const play = this.#play;
    // Somebody skipped it. What was told before it was given to us says nothing about it.
    if (play && version >= play.version && current?.alert !== play.alert) this.#stop(play);
    else if (waiting || current) this.look();
  }

  /** What the server says about alerts. */
  hear(message) {
    switch (message.type) {
      case "play":
        this.#isAsked = false;
        this.#begin(message);
        break;
      case "nothing":
        this.#isAsked = false;
        if (this.#isAskedAgain) this.look();
        break;
      case "noted":
        if (this.#unnoted.get(message.play)?.type === message.what) this.#unnoted.delete(message.play);
        this.look();
    }
  }

  async #begin(play) {
    if (this.#play) return;
    if (this.#begun.has(play.play)) {
      this.#tell("done", play); // it was shown, and nobody noted it
      return;
    }
    this.#play = play;
    await new Promise((resolve) => setTimeout(resolve, play.wait * SECOND));
    // Hidden or skipped meanwhile: the server gives it to somebody else, or to us again.
    if (this.#play !== play || !this.#sight.isSeen) {
      this.#end(play);
      return;
    }
    this.#remember(play.play);
    this.#tell("started", play);
    await Promise.all(play.layers.map((layer) => this.#stage.play(play, layer)));
    this.#tell("done", play);
    this.#end(play);
  }

  #stop(play) {
    if (this.#begun.has(play.play)) this.#stage.halt();
    else this.#end(play);
  }

  #end(play) {
    if (this.#play === play) this.#play = null;
    this.look();
  }

  #tell(type, { play }) {
    const message = { type, play };
    this.#unnoted.set(play, message);
    this.#say(message);
  }

  #remember(id) {
    this.#begun.add(id);
    if (this.#begun.size > REMEMBERED) this.#begun.delete(this.#begun.values().next().value);
  }
}
