/**
 * Says so while what the page asks for by itself gets no answer: what it shows may be out of date by then.
 *
 * One round without an answer is none yet: leaving a page ends what is under way.
 */
const ROUND = 1_000; // ms: less than there is between two rounds

const note = document.querySelector("[data-unreached]");
let since = 0;

document.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => {
  const isAnswered = xhr.status > 0 && xhr.status < 500;
  since = isAnswered ? 0 : since || performance.now();
  note?.toggleAttribute("hidden", isAnswered || performance.now() - since < ROUND); // pages without the sidebar have none
});
