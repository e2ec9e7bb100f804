/**
 * <busy-form><form>…</form></busy-form>: one press, one request.
 *
 * While the answer is on its way the pressed button spins and the others rest. Coming back with the browser's back
 * button finds the form as it was.
 */
class BusyForm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", this.#submit);
    addEventListener("pageshow", this.#rest);
  }

  disconnectedCallback() {
    this.removeEventListener("submit", this.#submit);
    removeEventListener("pageshow", this.#rest);
  }

  #submit = (event) => {
    if (event.defaultPrevented) return;
    if (this.hasAttribute("data-busy")) {
      event.preventDefault();
      return;
    }
    this.setAttribute("data-busy", "");
    event.submitter?.setAttribute("aria-busy", "true");
    // Not `disabled`: that would drop the pressed button's name and value from what is sent.
    for (const button of this.#buttons()) button.setAttribute("aria-disabled", "true");
  };

  #rest = () => {
    this.removeAttribute("data-busy");
    for (const button of this.#buttons()) {
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
    }
  };

  /** The form's submit buttons, also those that stand elsewhere and name it. */
  #buttons() {
    return [...(this.querySelector("form")?.elements ?? [])].filter((control) => control.type === "submit");
  }
}

customElements.define("busy-form", BusyForm);
