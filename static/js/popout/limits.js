/** How long a message may be, for each platform it goes to. Pure functions. */

const NEAR = 0.8; // share of what fits from which on the count is shown

/** Characters as the platforms count them: code points, so an emoji is one or a few and not its bytes. */
export function lengthOf(text) {
  return Array.from(text).length;
}

/**
 * What to say of the length of `text` for `channels` (`{name, longest}`): `{channel, length, over}` of the platform that
 * takes least, `over` being how many are too many; null while there is nothing to say.
 */
export function limitOf(text, channels) {
  const strictest = channels.reduce((least, one) => (!least || one.longest < least.longest ? one : least), null);
  if (!strictest) return null;
  const length = lengthOf(text.trim());
  if (length < strictest.longest * NEAR) return null;
  return { channel: strictest, length, over: Math.max(0, length - strictest.longest) };
}
