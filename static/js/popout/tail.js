/** Follows the end of what scrolls, until there is a reason not to: somebody scrolls up, points, or works on a line. */

const AT_END = 8; // px that still count as being there
const AFTER_TOUCH = 400; // ms in which a swipe still moves what it threw

export class Tail {
  #scroller;
  #changed;
  #reasons = new Set();
  #last = 0;
  #touch = 0;

  /** `changed(isFollowing)` is called whenever that or the reasons become others. */
  constructor(scroller, changed) {
    this.#scroller = scroller;
    this.#changed = changed;
    scroller.addEventListener("scroll", () => this.#look(), { passive: true });
    // Before the page has moved: in a fast chat it would be at the end again by then.
    scroller.addEventListener("wheel", ({ deltaY }) => deltaY < 0 && this.#leave(), { passive: true });
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
  }

  #leave() {
    if (this.#scroller.scrollTop > 0) this.hold("scroll");
  }

  /** Whoever scrolls up reads; whoever comes back to the end follows. */
  #look() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    const moved = scrollTop - this.#last;
    this.#last = scrollTop;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - AT_END;
    if (!isAtEnd && moved < 0) this.hold("scroll");
    if (isAtEnd && moved > 0) this.release("scroll");
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
