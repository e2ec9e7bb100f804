/**
 * A form that came back with errors: to the first thing that is wrong, however far down a phone it is.
 *
 * A field takes the focus, which also reads its error out; a sentence about the whole form is only brought into view.
 */
const field = document.querySelector("main form [aria-invalid='true']");
if (field) field.focus();
else document.querySelector("main form .banner--bad")?.scrollIntoView({ block: "center" });
