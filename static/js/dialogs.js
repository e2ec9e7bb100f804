/**
 * Any button with data-dialog-open="id" opens that <dialog>; any with data-dialog-close closes the one around it. A link
 * may open one too: without this script it leads to the page that has the same form.
 *
 * One listener for the whole page instead of an element per button, so that buttons htmx brings in later work too.
 * Escape, the focus and the inert rest of the page are the browser's.
 */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) {
    event.preventDefault();
    open(opener.dataset.dialogOpen);
  }
  event.target.closest("[data-dialog-close]")?.closest("dialog").close();
});

// Such a link says that it is a button (role="button"), so it is pressed with the space bar, too.
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches("a[data-dialog-open]")) return;
  event.preventDefault();
  event.target.click();
});

// A press on the backdrop lands on the dialog itself. Pressed and released there, so that selecting text and letting
// go outside keeps it open. Can go when every supported browser has closedby="any" on <dialog> (Safari lacks it).
let pressed = null;
document.addEventListener("pointerdown", (event) => {
  pressed = event.target;
});
document.addEventListener("click", (event) => {
  if (event.target instanceof HTMLDialogElement && event.target === pressed && isOutside(event)) event.target.close();
});

// A dialog that the server drew open (its form came back with errors) becomes modal.
for (const dialog of document.querySelectorAll("dialog[data-dialog-shown]")) {
  dialog.close();
  dialog.showModal();
}

function open(id) {
  const dialog = document.getElementById(id);
  if (dialog) dialog.showModal();
  else location.reload(); // its button came in later than the page, which by now has the dialog too
}

function isOutside({ target, clientX, clientY }) {
  const box = target.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}
