/**
 * The token of a popout. In OBS the address stays as it is, because a refresh reloads it. Elsewhere the token moves from
 * the address, where it would be seen, shared and kept in the history, into the memory of this one tab.
 */

export const HIDDEN = "hidden";

/** The token of this page, or null; takes it out of the address outside OBS. `page` is a window. */
export function takeToken(page) {
  const address = new URL(page.location.href);
  const token = address.searchParams.get("token");
  if (token === null) return null;
  if (token === HIDDEN) return storedToken(page);
  if (!inObs(page) && store(page, token)) {
    address.searchParams.set("token", HIDDEN);
    page.history.replaceState(page.history.state, "", address);
  }
  return token;
}

/** Whether the page runs inside OBS, where nothing may become readable on air. */
export function inObs(page) {
  return page.navigator.userAgent.includes("OBS/");
}

/** What this tab keeps for this page, or null. */
export function storedToken(page) {
  try {
    return page.sessionStorage.getItem(key(page));
  } catch {
    return null; // storage is switched off
  }
}

/** The token no longer works: nobody needs it. */
export function forgetToken(page) {
  try {
    page.sessionStorage.removeItem(key(page));
  } catch {
    // storage is switched off, so nothing was kept
  }
}

function store(page, token) {
  try {
    page.sessionStorage.setItem(key(page), token);
    return true;
  } catch {
    return false; // storage is switched off: the address is then the only place
  }
}

function key(page) {
  return `lumio.token:${page.location.pathname}`;
}
