/** <dismiss-button><button>…</button></dismiss-button>: takes the banner around it away. */
class DismissButton extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this.#dismiss);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#dismiss);
  }

  #dismiss = () => {
    this.closest(".banner").remove();
    document.getElementById("main")?.focus({ preventScroll: true });
  };
}

customElements.define("dismiss-button", DismissButton);
