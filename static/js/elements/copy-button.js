/** <copy-button data-value="…"> or data-for="input id": copies, shows a check mark and says so. */
class CopyButton extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.addEventListener("click", this.#copy);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#copy);
    clearTimeout(this.#timer);
  }

  #copy = async () => {
    const input = this.dataset.for ? document.getElementById(this.dataset.for) : null;
    let copied = true;
    try {
      await navigator.clipboard.writeText(input ? input.value : this.dataset.value);
    } catch {
      // Refused, or a page without https on another machine, where browsers have no clipboard: select, to copy by hand.
      copied = false;
      input?.select();
    }
    this.#say(copied ? "copied" : "failed");
  };

  #say(state) {
    const said = this.querySelector("[role=status]");
    this.dataset.state = state;
    said.textContent = this.dataset[state];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      delete this.dataset.state;
      said.textContent = "";
    }, 2000);
  }
}

customElements.define("copy-button", CopyButton);
