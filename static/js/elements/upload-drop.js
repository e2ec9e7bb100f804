import { upload } from "../lib/upload.js";

/**
 * <upload-drop><form>…<input type="file"></form><ul></ul><template><li>…</li></template></upload-drop>: files go as soon
 * as they are dropped or chosen, one after the other, each with a line that says how far it is and what came of it.
 *
 * What lists them is told by the event "uploads-changed".
 */
class UploadDrop extends HTMLElement {
  #waiting = [];
  #isSending = false;

  connectedCallback() {
    this.#input.addEventListener("change", this.#chosen);
    this.addEventListener("dragover", this.#over);
    this.addEventListener("dragleave", this.#left);
    this.addEventListener("drop", this.#dropped);
    this.#form.addEventListener("submit", this.#submit);
  }

  disconnectedCallback() {
    this.#input.removeEventListener("change", this.#chosen);
    this.removeEventListener("dragover", this.#over);
    this.removeEventListener("dragleave", this.#left);
    this.removeEventListener("drop", this.#dropped);
    this.#form.removeEventListener("submit", this.#submit);
  }

  get #form() {
    return this.querySelector("form");
  }

  get #input() {
    return this.querySelector("input[type=file]");
  }

  /** The button has nothing left to send. */
  #submit = (event) => {
    event.preventDefault();
    this.#input.click();
  };

  #chosen = () => {
    this.#take([...this.#input.files]);
    this.#input.value = "";
  };

  #over = (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    this.dataset.over = "";
  };

  #left = (event) => {
    if (!this.contains(event.relatedTarget)) delete this.dataset.over;
  };

  #dropped = (event) => {
    event.preventDefault();
    delete this.dataset.over;
    this.#take([...event.dataTransfer.files]);
  };

  #take(files) {
    this.#waiting.push(...files.map((file) => ({ file, line: this.#line(file) })));
    if (!this.#isSending) this.#send();
  }

  async #send() {
    this.#isSending = true;
    while (this.#waiting.length) {
      const { file, line } = this.#waiting.shift();
      if (await this.#sendOne(file, line)) this.dispatchEvent(new CustomEvent("uploads-changed", { bubbles: true }));
    }
    this.#isSending = false;
  }

  async #sendOne(file, line) {
    const bar = line.querySelector("progress");
    const told = line.querySelector(".drop__told");
    const { csrfmiddlewaretoken, account } = this.#form.elements;
    let refusal = this.dataset.noNetwork;
    try {
      const { status, body } = await upload(this.dataset.address, file, {
        account: account.value,
        csrf: csrfmiddlewaretoken.value,
        progress: (part) => (bar.value = part),
      });
      refusal = status === 201 ? "" : (body?.detail ?? refusal);
    } catch {
      // nobody answered, which is what it says already
    }
    bar.hidden = true;
    told.textContent = refusal || this.dataset.here;
    told.classList.add(refusal ? "tone--bad" : "faint");
    return !refusal;
  }

  #line(file) {
    const line = this.querySelector("template").content.firstElementChild.cloneNode(true);
    line.querySelector(".drop__name").textContent = file.name;
    this.querySelector(".drop__files").append(line);
    return line;
  }
}

customElements.define("upload-drop", UploadDrop);
