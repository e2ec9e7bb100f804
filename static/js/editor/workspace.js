/** The room to work in: panels that are drawers where there is little of it, and what this browser remembers. */

const KEY = "lumio.editor";

/** Layers and properties: beside the canvas where there is room, else one of them at a time, over it. */
export function drawers(page) {
  const buttons = [...page.querySelectorAll("[data-drawer]")];
  const show = (name) => {
    page.dataset.drawer = name;
    for (const button of buttons) button.ariaExpanded = String(button.dataset.drawer === name);
  };
  for (const button of buttons) {
    const { drawer } = button.dataset;
    button.addEventListener("click", () => show(page.dataset.drawer === drawer ? "" : drawer));
  }
  page.addEventListener("keydown", ({ key, target, defaultPrevented }) => {
    const open = page.dataset.drawer;
    if (key !== "Escape" || !open || defaultPrevented || !target.closest("[data-drawer-panel]")) return;
    show("");
    buttons.find((button) => button.dataset.drawer === open).focus();
  });
  show("");
  return { open: (name) => isNarrow(page) && show(name) };
}

/** Whether the panels are drawers: the stylesheet decides. */
function isNarrow(page) {
  return getComputedStyle(page).getPropertyValue("--panels").trim() === "drawers";
}

/** An object whose values this browser keeps under `name`; `usual` are those it begins with. */
export function remembered(name, usual) {
  const values = { ...usual, ...stored()[name] };
  return new Proxy(values, {
    set(target, key, value) {
      target[key] = value;
      try {
        localStorage.setItem(KEY, JSON.stringify({ ...stored(), [name]: target }));
      } catch {
        // storage is switched off: it holds for as long as the page is open
      }
      return true;
    },
  });
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}
