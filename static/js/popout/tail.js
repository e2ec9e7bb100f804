/** Follows the end of what scrolls, until there is a reason not to: somebody scrolls up, points, or works on a line. */

const AT_END = 60; // px that count as being there for whoever scrolls down: in a fast chat it moves away
const AFTER_TOUCH = 400; // ms in which a swipe still moves what it threw

export class Tail {
  #scroller;
  #changed;
  #reasons = new Set();
  #last = 0;
  #height = 0;
  #touch = 0;

  /** `changed(isFollowing)` is called whenever that or the reasons become others. */
  constructor(scroller, changed) {
    this.#scroller = scroller;
    this.#changed = changed;
    scroller.addEventListener("scroll", () => this.#look(), { passive: true });
    scroller.addEventListener("wheel", ({ deltaY }) => this.#wheeled(deltaY), { passive: true });
    scroller.addEventListener("keydown", ({ key }) => ["PageUp", "Home"].includes(key) && this.#leave());
    scroller.addEventListener("touchstart", () => this.#touched(), { passive: true });
    for (const end of ["touchend", "touchcancel"]) scroller.addEventListener(end, () => this.#letGo(), { passive: true });
    this.resized = new ResizeObserver(() => this.isFollowing && this.toEnd());
    this.resized.observe(scroller);
  }

  stop() {
    this.resized.disconnect();
    clearTimeout(this.#touch);
  }

  get isFollowing() {
    return this.#reasons.size === 0;
  }

  isHeld(reason) {
    return this.#reasons.has(reason);
  }

  hold(reason) {
    if (this.#reasons.has(reason)) return;
    this.#reasons.add(reason);
    this.#changed(false);
  }

  /** `reason` is over. */
  release(reason) {
    if (this.#reasons.delete(reason)) this.#changed(this.isFollowing);
  }

  /** Follow again, whatever there was. */
  follow() {
    const wasFollowing = this.isFollowing;
    this.#reasons.clear();
    if (!wasFollowing) this.#changed(true);
  }

  toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#last = this.#scroller.scrollTop;
    this.#height = this.#scroller.scrollHeight;
  }

  /** Up, it is left before it has moved: in a fast chat it would be at the end again by then. */
  #wheeled(down) {
    if (down < 0) this.#leave();
    else requestAnimationFrame(() => this.#left <= AT_END && this.release("scroll"));
  }

  get #left() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    return scrollHeight - clientHeight - scrollTop;
  }

  #leave() {
    if (this.#scroller.scrollTop > 0) this.hold("scroll");
  }

  /** Whoever scrolls up reads; whoever comes back to the end follows. Where the height became another, it was the page
   * that moved: a busy one is told of that only after the next lines have come. */
  #look() {
    const { scrollTop, scrollHeight } = this.#scroller;
    const moved = scrollTop - this.#last;
    const hasGrown = scrollHeight !== this.#height;
    this.#last = scrollTop;
    this.#height = scrollHeight;
    if (moved < 0 && !hasGrown && this.#left > AT_END) this.hold("scroll");
    if (moved > 0 && this.#left <= AT_END) this.release("scroll");
  }

  #touched() {
    clearTimeout(this.#touch);
    this.hold("touch");
  }

  #letGo() {
    clearTimeout(this.#touch);
    this.#touch = setTimeout(() => this.release("touch"), AFTER_TOUCH);
  }
}
