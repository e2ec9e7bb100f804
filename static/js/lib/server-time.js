/**
 * What time it is for the server, in whole ms since 1970: by our own clock until a socket was told, and from then on by a
 * clock that nobody sets. It may stand still while the computer sleeps, but then the socket is opened anew and told again.
 *
 * Whole, as a timer that is set for less than one is over before its time.
 */
let zero = Date.now() - performance.now(); // when performance.now() was 0

export function serverNow() {
  return Math.floor(performance.now() + zero);
}

/** `time` is what the server just said that it is, as ISO 8601. */
export function learnServerTime(time) {
  zero = Date.parse(time) - performance.now();
}
