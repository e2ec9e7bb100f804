/** Platforms that take no message for some seconds: slow mode, and limits of how fast one may write. */

const SECOND = 1_000;

export class Waits {
  #until = new Map(); // by platform, as performance.now() counts
  #timer = 0;
  #changed;
  #now;

  /** `changed()` is called every second while one of them waits, and when it is over. */
  constructor(changed, now = () => performance.now()) {
    this.#changed = changed;
    this.#now = now;
  }

  begin(platform, seconds) {
    this.#until.set(platform, this.#now() + seconds * SECOND);
    this.#tick();
  }

  /** The one of `channels` (`{platform}`) that waits longest, as `{channel, seconds}`; null if none does. */
  longest(channels) {
    const waiting = channels.map((channel) => ({ channel, seconds: this.#left(channel.platform) }));
    return waiting.filter(({ seconds }) => seconds > 0).sort((one, other) => other.seconds - one.seconds)[0] ?? null;
  }

  #left(platform) {
    return Math.ceil(((this.#until.get(platform) ?? 0) - this.#now()) / SECOND);
  }

  #tick() {
    clearTimeout(this.#timer);
    for (const platform of [...this.#until.keys()]) if (this.#left(platform) <= 0) this.#until.delete(platform);
    this.#changed();
    if (this.#until.size) this.#timer = setTimeout(() => this.#tick(), SECOND);
  }
}
