/** Trying alerts out: invented ones in the preview alone, and test events that go the real way. */
import { call, why } from "../popout/api.js";
import { fill } from "../popout/words.js";
import { slotOf } from "../popout/draw.js";

export class Trials {
  #menu;

  /** `menu` is the panel of test events, or null for who may send none; `plays` are by kind. */
  constructor(menu, { desk, preview, address, plays, kinds, words, say }) {
    Object.assign(this, { desk, preview, address, plays, words, say, kinds: Object.fromEntries(kinds) });
    this.#menu = menu;
    menu?.addEventListener("click", ({ target }) => {
      const { kind } = target.closest("button[data-kind]")?.dataset ?? {};
      if (kind) this.#send(kind);
    });
  }

  /** In the preview: an alert as the variation would show it. */
  play(layer, variation) {
    const kind = variation.kinds.find((one) => this.plays[one]);
    if (!kind) return this.say(this.words.no_kinds_to_play, true);
    const { event, variables } = this.plays[kind];
    const play = { play: "preview", alert: 0, event, variables, muted: true, seconds: variation.seconds };
    this.preview.play(layer, variation.id, play);
    this.say(fill(this.words.plays, { name: variation.name || this.kinds[kind] }));
  }

  /** For real: an event that this variation is for. */
  test(variation) {
    const kind = variation.kinds.find((one) => this.#menu.querySelector(`[data-kind="${CSS.escape(one)}"]`));
    if (!kind) return this.say(this.words.no_kinds_to_test, true);
    const least = variation.least > 0 ? variation.least : null;
    return this.#send(kind, { platform: variation.platforms[0], amount: least && this.#minor(kind, least) });
  }

  async #send(kind, { platform = this.#platform(), amount = null } = {}) {
    this.#tell(fill(this.words.sending, { kind: this.kinds[kind] }));
    try {
      await call("POST", this.address, { type: kind, platform, ...(amount ? { amount } : {}) });
      const told = this.desk.isDirty ? this.words.sent_unsaved : this.words.sent;
      this.#tell(fill(told, { kind: this.kinds[kind] }));
      this.#say(fill(told, { kind: this.kinds[kind] }));
    } catch (error) {
      const text = why(error);
      this.#tell(text);
      this.#say(text, true);
    }
  }

  /** Money is told in minor units: the least that a variation asks for, of a currency with cents. */
  #minor(kind, least) {
    return Math.ceil(this.plays[kind]?.event.unit === "money" ? least * 100 : least);
  }

  #platform() {
    return this.#menu.querySelector("[data-platform]").value;
  }

  /** Where the panel does not say it already. */
  #say(text, isBad = false) {
    if (!this.#menu.matches(":popover-open")) this.say(text, isBad, true);
  }

  #tell(text) {
    slotOf(this.#menu, "told").textContent = text;
  }
}
