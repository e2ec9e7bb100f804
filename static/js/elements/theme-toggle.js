/** <theme-toggle>: dark, light or as the system has it, remembered by this browser and shared between its tabs. */
const KEY = "lumio-theme";

class ThemeToggle extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.#show();
    this.addEventListener("change", this.#choose);
    addEventListener("storage", this.#follow);
  }

  disconnectedCallback() {
    this.removeEventListener("change", this.#choose);
    removeEventListener("storage", this.#follow);
  }

  #choose = (event) => {
    document.documentElement.dataset.theme = event.target.value;
    try {
      localStorage.setItem(KEY, event.target.value);
    } catch {
      // Storage is switched off: the choice lasts as long as the page.
    }
  };

  #follow = (event) => {
    if (event.key !== KEY) return;
    document.documentElement.dataset.theme = event.newValue ?? "system";
    this.#show();
  };

  #show() {
    const { theme } = document.documentElement.dataset;
    for (const radio of this.querySelectorAll("input")) radio.checked = radio.value === theme;
  }
}

customElements.define("theme-toggle", ThemeToggle);
