/**
 * A button that does something only after it was held: with a finger, a mouse, or Space or Enter. Pressed shortly, and
 * by whoever cannot hold, it asks instead.
 */

const HOLD = 1500; // ms
const TAP = 400; // ms up to which it was no holding that somebody thought better of

/** `held()` and `tapped()` are called; while it is held, `data-holding` shows. */
export function holds(button, { held, tapped }) {
  let timer = 0;
  let since = 0;

  const begin = () => {
    if (timer || button.matches(":disabled")) return;
    since = performance.now();
    button.dataset.holding = "";
    timer = setTimeout(() => {
      end();
      since = 0;
      if (!button.matches(":disabled")) held();
    }, HOLD);
  };
  const end = () => {
    clearTimeout(timer);
    timer = 0;
    delete button.dataset.holding;
  };
  const release = () => {
    const wasTap = timer && performance.now() - since < TAP;
    end();
    if (wasTap) tapped();
  };

  button.addEventListener("pointerdown", (event) => {
    if (event.button === 0) begin();
  });
  button.addEventListener("pointerup", release);
  for (const name of ["pointercancel", "pointerleave", "blur"]) button.addEventListener(name, end);
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // what a long touch would open
  button.addEventListener("keydown", (event) => {
    if (!isKey(event)) return;
    event.preventDefault();
    if (!event.repeat) begin();
  });
  button.addEventListener("keyup", (event) => {
    if (!isKey(event)) return;
    event.preventDefault();
    release();
  });
  button.addEventListener("click", ({ detail }) => {
    if (!detail) tapped(); // by a screen reader or a voice: one that follows a press counts its presses
  });
}

function isKey({ key }) {
  return key === "Enter" || key === " ";
}
