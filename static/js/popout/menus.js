/** The menus of a bar, `<details data-menu>`: Escape closes one, and so does a press elsewhere. */
const OPEN = "details[data-menu][open]";

document.addEventListener("pointerdown", ({ target }) => {
  for (const menu of document.querySelectorAll(OPEN)) menu.open = menu.contains(target);
});

// Before the page's own keys, for which Escape means something else.
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(OPEN);
  if (event.key !== "Escape" || !menu) return;
  event.preventDefault();
  if (menu.contains(event.target)) menu.querySelector("summary").focus();
  menu.open = false;
}, { capture: true });
