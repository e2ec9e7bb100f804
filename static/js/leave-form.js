/**
 * <div data-leave-for="/address">: a page that answers a form and must not be asked for again.
 *
 * Reloading it would send the form a second time; with another address in the bar, a reload opens that instead.
 */
const place = document.querySelector("[data-leave-for]");
if (place) history.replaceState(history.state, "", place.dataset.leaveFor);
