/** What the keys of the chat do. The page shows the same list when `?` is pressed (`templates/popout/_chat_keys.html`). */

const COMMANDS = {
  "/": "search",
  "?": "help",
  ArrowUp: "up",
  k: "up",
  ArrowDown: "down",
  j: "down",
  Enter: "card",
  " ": "pause",
  Escape: "leave",
  r: "reply",
  d: "delete",
  t: "timeout",
  b: "ban",
  u: "undo",
  m: "read",
};

/** What the key asks for; null for none of ours, while somebody types, and with a modifier that makes it another's. */
export function commandOf(event) {
  const { key, target, ctrlKey, metaKey, altKey, defaultPrevented } = event;
  if (defaultPrevented || ctrlKey || metaKey || altKey || isTyping(target)) return null;
  return COMMANDS[key.length === 1 ? key.toLowerCase() : key] ?? null;
}

/** Whether what has the focus takes keys for itself. */
export function isTyping(target) {
  return Boolean(target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]"));
}

/** The digit that was pressed, 1 to 9, else 0. */
export function digitOf({ key }) {
  return /^[1-9]$/.test(key) ? Number(key) : 0;
}
