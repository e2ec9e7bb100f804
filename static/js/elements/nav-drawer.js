/**
 * <nav-drawer id="sidebar">: the sidebar, which is a drawer on a narrow screen.
 *
 * Buttons with data-drawer-toggle open it and data-drawer-close close it, as do Escape, a press beside it and a wide
 * window. Open, it holds the focus: the rest of the page is inert. The link to this page is in sight from the start.
 */
class NavDrawer extends HTMLElement {
  #narrow = matchMedia("(width < 800px)");

  connectedCallback() {
    document.addEventListener("click", this.#click);
    document.addEventListener("keydown", this.#key);
    this.#narrow.addEventListener("change", this.#close);
    this.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.#click);
    document.removeEventListener("keydown", this.#key);
    this.#narrow.removeEventListener("change", this.#close);
  }

  get #toggle() {
    return document.querySelector("[data-drawer-toggle]");
  }

  #click = (event) => {
    if (event.target.closest("[data-drawer-toggle]")) this.#open();
    else if (!this.hasAttribute("data-open")) return;
    else if (event.target.closest("[data-drawer-close]") || !this.contains(event.target)) this.#close();
  };

  #key = (event) => {
    if (event.key === "Escape" && this.hasAttribute("data-open")) this.#close();
  };

  #open() {
    this.toggleAttribute("data-open", true);
    this.#toggle.setAttribute("aria-expanded", "true");
    for (const neighbour of this.#neighbours()) neighbour.inert = true;
    this.querySelector("[data-drawer-close]").focus();
  }

  #close = () => {
    if (!this.hasAttribute("data-open")) return;
    this.removeAttribute("data-open");
    this.#toggle.setAttribute("aria-expanded", "false");
    for (const neighbour of this.#neighbours()) neighbour.inert = false;
    this.#toggle.focus();
  };

  #neighbours() {
    return [...this.parentElement.children].filter((element) => element !== this);
  }
}

customElements.define("nav-drawer", NavDrawer);
