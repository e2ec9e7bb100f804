/** Saving, and what to do if somebody else saved first. */
import { call, why } from "../popout/api.js";
import { fill } from "../popout/words.js";
import { slotOf, write } from "../popout/draw.js";
import { changes, clashes, combined } from "./compare.js";
import { draftOf } from "./draft.js";

export class Saving extends EventTarget {
  #desk;
  #words;
  #address;
  #version;
  #dialog;
  #theirs = null; // the definition that somebody else saved, while the dialog asks

  /** `state` is "saved", "changed", "saving" or "failed"; "change" is told when it may be another. */
  constructor(dialog, desk, { address, version, words, say }) {
    super();
    Object.assign(this, { say, isSaving: false, trouble: "" });
    [this.#dialog, this.#desk, this.#address, this.#version, this.#words] = [dialog, desk, address, version, words];
    dialog.addEventListener("click", ({ target }) => {
      const { keep } = target.closest("button")?.dataset ?? {};
      if (keep) this.#decided(keep);
    });
    addEventListener("beforeunload", (event) => desk.isDirty && event.preventDefault());
  }

  get state() {
    if (this.isSaving) return "saving";
    if (!this.#desk.isDirty) return "saved";
    return this.trouble ? "failed" : "changed";
  }

  async save() {
    if (this.isSaving || !this.#desk.isDirty) return;
    const sent = this.#desk.draft;
    this.#tell({ isSaving: true, trouble: "" });
    try {
      const definition = await call("PUT", this.#address, { version: this.#version, ...sent });
      this.#version = definition.version;
      this.isSaving = false;
      this.#desk.keep(sent, draftOf(definition));
      this.#tell({});
      this.say(this.#words.saved);
    } catch (error) {
      const text = error.code === "not_found" ? this.#words.gone : why(error);
      this.#tell({ isSaving: false, trouble: text });
      if (error.code === "version_conflict") await this.#ask(error);
      else this.say(text, true);
    }
  }

  async #ask(refused) {
    try {
      this.#theirs = await call("GET", this.#address);
    } catch (error) {
      return this.say(why(error), true);
    }
    const [base, mine, theirs] = [this.#desk.saved, this.#desk.draft, draftOf(this.#theirs)];
    const clash = clashes(base, mine, theirs);
    write(this.#dialog, "who", refused.text);
    this.#list("mine", changes(base, mine));
    this.#list("theirs", changes(base, theirs));
    write(this.#dialog, "clash", clash.length ? fill(this.#words.clash, { names: clash.join(", ") }) : "");
    this.#dialog.querySelector("[data-keep=both]").hidden = clash.length > 0;
    this.#dialog.showModal();
  }

  #list(slot, did) {
    const lines = did.map(({ id, name, did: what }) => {
      const line = document.createElement("li");
      line.textContent = id ? fill(this.#words.did[what], { name }) : this.#words.did_overlay[what];
      return line;
    });
    slotOf(this.#dialog, slot).replaceChildren(...lines);
  }

  /** "mine" puts my layers in the place of theirs, "both" puts mine on top of theirs, "theirs" gives mine up. */
  async #decided(keep) {
    const [base, mine, theirs] = [this.#desk.saved, this.#desk.draft, draftOf(this.#theirs)];
    this.#dialog.close();
    this.#version = this.#theirs.version;
    this.trouble = "";
    this.#desk.keep(null, theirs);
    if (keep !== "mine") {
      const draft = keep === "both" ? combined(base, mine, theirs) : theirs;
      this.#desk.change(draft, this.#words.steps[keep]);
    }
    this.#tell({});
    if (keep !== "theirs") await this.save();
  }

  #tell(state) {
    Object.assign(this, state);
    this.dispatchEvent(new Event("change"));
  }
}
