/** Short notices at the edge of the page, each with at most one thing to do about it. */

const SECONDS = 10;
const MOST = 3;

export class Toasts {
  #place;
  #words;

  constructor(place, words) {
    this.#place = place;
    this.#words = words;
  }

  /** Say that something was done. `action` is `{label, run}`. Returns what takes it away again. */
  say(text, action = null) {
    return this.#show(text, action, "status");
  }

  /** Say what did not work. It stays until somebody has read it. */
  problem(text) {
    return this.#show(text, null, "alert");
  }

  #show(text, action, role) {
    const toast = document.createElement("p");
    toast.className = `toast toast--${role}`;
    toast.setAttribute("role", role);
    toast.textContent = text;
    const timer = role === "alert" ? 0 : setTimeout(() => toast.remove(), SECONDS * 1000);
    const close = () => {
      clearTimeout(timer);
      toast.remove();
    };
    if (action) toast.append(button(action.label, () => { close(); action.run(); }));
    else toast.append(button(this.#words.dismiss, close));
    this.#place.append(toast);
    while (this.#place.children.length > MOST) this.#place.firstElementChild.remove();
    return close;
  }
}

/** A small button that says what it does. */
export function button(label, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "desk__button desk__button--small";
  made.textContent = label;
  made.addEventListener("click", press);
  return made;
}
