/**
 * Which groups of events a feed shows. The choice stands in the address (`?types=subs,raids`, nothing for all), so that
 * a browser source can be told, a reload keeps it, and two docks can differ.
 */

/** The groups that an address asks for, as a set; all of them if it names none that exists. */
export function chosen(address, groups) {
  const named = (new URL(address).searchParams.get("types") ?? "").split(",").filter((name) => groups.includes(name));
  return new Set(named.length ? named : groups);
}

/** The address that asks for these groups. */
export function addressOf(address, groups, shown) {
  const url = new URL(address);
  url.searchParams.delete("types");
  const rest = url.searchParams.toString();
  const types = groups.filter((name) => shown.has(name)).join(",");
  const all = shown.size === groups.length;
  url.search = [rest, all ? "" : `types=${types}`].filter(Boolean).join("&");
  return url.href;
}

/** Whether rows of a group are drawn. Those of no group always are. */
export function isShown(group, shown) {
  return !group || shown.has(group);
}
