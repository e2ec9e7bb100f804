/** Settings that are rows, as the variations of an alert box: each opens into its own fields. */
import { fill } from "../popout/words.js";
import { arrange, slotOf, write } from "../popout/draw.js";
import { blank } from "./canvas.js";
import { addRow, changeRow, copyRow, moveRow, removeRow } from "./draft.js";
import { field } from "./fields.js";
import { listed } from "./values.js";

export class Rows {
  #list;
  #setting;
  #pen;
  #layer;
  #changed;
  #rows = [];
  #fields = new WeakMap(); // item → fields by name, once it was opened

  /** `changed(rows, step, merge)`; `pen` also has `play(layer, row)`, `test(row)` and `mayTest`. */
  constructor(setting, pen, layer, changed) {
    [this.#setting, this.#pen, this.#layer, this.#changed] = [setting, pen, layer, changed];
    this.element = blank("rows");
    this.element.dataset.setting = setting.name;
    write(this.element, "label", setting.label);
    this.#list = slotOf(this.element, "rows");
    slotOf(this.element, "add").addEventListener("click", () => this.#add());
  }

  show(rows) {
    this.#rows = rows;
    slotOf(this.element, "add").disabled = this.#isFull;
    slotOf(this.element, "empty").hidden = rows.length > 0;
    const make = (row) => this.#item(row);
    arrange(this.#list, rows, { key: ({ id }) => id, make, draw: (item, row) => this.#draw(item, row) });
  }

  get #isFull() {
    return this.#rows.length >= this.#setting.limit;
  }

  #item({ id }) {
    const item = blank("row");
    item.addEventListener("toggle", () => item.open && this.#open(item, id));
    item.addEventListener("click", (event) => {
      const { do: act } = event.target.closest("button")?.dataset ?? {};
      if (act) this.#act(act, id, item);
    });
    if (!this.#pen.mayTest) item.querySelector("[data-do=test]").remove();
    return item;
  }

  #draw(item, row) {
    const { words, spec } = this.#pen;
    const labels = spec.kinds.filter(([kind]) => row.kinds.includes(kind)).map(([, label]) => label);
    slotOf(item, "name").textContent = row.name || listed(labels, words.no_kinds, 1);
    slotOf(item, "summary").textContent = row.enabled ? listed(labels, words.no_kinds) : words.row_off;
    item.dataset.off = String(!row.enabled);
    for (const [name, made] of this.#fields.get(item) ?? []) made.show(row[name]);
    item.querySelector("[data-do=copy]").disabled = this.#isFull;
    const place = this.#rows.indexOf(row);
    item.querySelector("[data-do=up]").disabled = place === 0;
    item.querySelector("[data-do=down]").disabled = place === this.#rows.length - 1;
  }

  #open(item, id) {
    if (this.#fields.has(item)) return;
    const { parts } = this.#pen.spec;
    const fields = new Map();
    const groups = parts.flatMap(([part, label]) => {
      const settings = this.#setting.of_rows.filter((setting) => setting.within === part);
      if (!settings.length) return [];
      const group = blank("subpart");
      write(group, "label", label);
      slotOf(group, "fields").replaceChildren(
        ...settings.map((setting) => {
          const made = field(setting, this.#pen, (value) =>
            this.#changed(changeRow(this.#rows, id, { [setting.name]: value }), setting.label, `${setting.name} ${id}`),
          );
          fields.set(setting.name, made);
          return made.element;
        }),
      );
      return [group];
    });
    slotOf(item, "fields").replaceChildren(...groups);
    this.#fields.set(item, fields);
    this.#draw(item, this.#rows.find((row) => row.id === id));
  }

  #add() {
    const { words } = this.#pen;
    const name = fill(words.row_name, { n: this.#rows.length + 1 });
    const rows = addRow(this.#rows, this.#setting.of_rows, { name });
    this.#changed(rows, words.row_added, `add ${rows.length}`);
    this.#reveal(rows.at(-1).id);
  }

  #act(act, id, item) {
    const { words, acts } = this.#pen;
    const row = this.#rows.find((one) => one.id === id);
    if (act === "play") this.#pen.play(this.#layer, row);
    else if (act === "test") this.#pen.test(row);
    else if (act === "copy") {
      const rows = copyRow(this.#rows, id);
      this.#changed(rows, words.row_copied, `copy ${id}`);
      this.#reveal(rows[this.#rows.findIndex((one) => one.id === id) + 1]?.id);
    } else if (act === "remove") {
      const next = item.nextElementSibling ?? item.previousElementSibling;
      this.#changed(removeRow(this.#rows, id), words.row_removed, `remove ${id}`);
      acts.say(fill(words.removed, { name: row.name }));
      (next?.querySelector("summary") ?? slotOf(this.element, "add")).focus();
    } else {
      this.#changed(moveRow(this.#rows, id, act === "up" ? -1 : 1), words.row_moved, `move ${id}`);
      const button = item.querySelector(`[data-do=${act}]`);
      (button.disabled ? item.querySelector("summary") : button).focus();
    }
  }

  #reveal(id) {
    const item = this.#list.querySelector(`[data-key="${CSS.escape(id)}"]`);
    item.open = true;
    this.#open(item, id); // now, not when the browser gets to say that it was opened
    item.querySelector("summary").focus();
  }
}
