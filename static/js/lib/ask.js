/** `fetch`, for as long as anybody waits for a page of ours: the server itself gives up earlier. */

const PATIENCE = 20_000; // ms

/** The Response. Rejects where nobody answers, and so does reading its body. */
export function ask(address, options = {}) {
  return fetch(address, { ...options, signal: AbortSignal.timeout(PATIENCE) });
}
