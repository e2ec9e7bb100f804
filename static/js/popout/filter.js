/**
 * What a feed or a chat shows. The choice stands in the address (`?types=subs,raids&platforms=kick`, nothing for all), so
 * that a browser source can be told, a reload keeps it, and two docks can differ.
 */

/** Those of the `known` names that an address asks for under `parameter`, as a set; all of them if it names none. */
export function chosen(address, parameter, known) {
  const named = valueOf(address, parameter).split(",").filter((name) => known.includes(name));
  return new Set(named.length ? named : known);
}

/** The address that asks for the names that are `shown`. */
export function addressOf(address, parameter, known, shown) {
  const all = shown.size === known.length;
  return withValue(address, parameter, all ? "" : known.filter((name) => shown.has(name)).join(","));
}

/** What an address has for `parameter`; "" for nothing. */
export function valueOf(address, parameter) {
  return new URL(address).searchParams.get(parameter) ?? "";
}

/** The address with that value for `parameter`; without the parameter for "". */
export function withValue(address, parameter, value) {
  const url = new URL(address);
  url.searchParams.delete(parameter);
  const rest = url.searchParams.toString();
  url.search = [rest, value && `${parameter}=${value}`].filter(Boolean).join("&");
  return url.href;
}

/** Whether rows of a group are drawn. Those of no group always are. */
export function isShown(group, shown) {
  return !group || shown.has(group);
}
