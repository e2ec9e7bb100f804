/** The account's pictures, videos and sounds: choosing one for a layer, and bringing new ones. */
import { upload } from "../lib/upload.js";
import { fill } from "../popout/words.js";
import { arrange, slotOf, write } from "../popout/draw.js";
import { Refused, call, why } from "../popout/api.js";
import { blank } from "./canvas.js";
import { bytes } from "./values.js";

const PAGE = 100;
const MOST_PAGES = 10;
const TAKES = { image: "image/*", video: "video/mp4,video/webm", sound: "audio/*" };

export class Files extends EventTarget {
  #files = new Map();
  #dialog;
  #asked = null; // {setting, changed, chosen} while the dialog is open
  #heard = new Audio();

  /**
   * `known` are `uploads` of a definition, `address` that of the REST API; `sounds` ([id, label]) come with Lumio, each
   * from `addresses[id]`.
   */
  constructor(dialog, { known, address, host, sounds, addresses, words, language }) {
    super();
    Object.assign(this, { known, address, host, sounds, addresses, words, language });
    this.#dialog = dialog;
    dialog.addEventListener("close", () => this.#heard.pause());
    dialog.addEventListener("click", (event) => this.#click(event));
    const input = slotOf(dialog, "file");
    input.addEventListener("change", () => this.#take([...input.files]).then(() => (input.value = "")));
    dialog.addEventListener("dragover", (event) => this.#over(event));
    dialog.addEventListener("dragleave", ({ target }) => target === dialog && delete dialog.dataset.over);
    dialog.addEventListener("drop", (event) => this.#dropped(event));
  }

  /** All of them by id, as a definition names them. */
  get uploads() {
    const found = [...this.#files.values()].map(({ id, url, kind }) => [id, { url, kind }]);
    return { ...this.known, ...Object.fromEntries(found) };
  }

  /** Ask for all that there are. */
  async load() {
    let before = "";
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const asked = new URLSearchParams({ limit: PAGE, ...(before && { before }) });
      const rows = await call("GET", `${this.address}?${asked}`);
      for (const row of rows) this.#files.set(row.id, row);
      if (rows.length < PAGE) break;
      before = rows.at(-1).cursor;
    }
    this.#changed();
  }

  /** A field that shows what is chosen and opens the dialog. Follows what becomes of the file. */
  field(setting, { element, control }, changed) {
    let chosen = "";
    const draw = () => {
      slotOf(element, "chosen").textContent = this.#name(chosen);
      this.#picture(slotOf(element, "picture"), chosen);
      slotOf(element, "clear").hidden = !chosen;
    };
    control.addEventListener("click", () => this.#ask({ setting, changed, chosen }));
    slotOf(element, "clear").addEventListener("click", () => {
      changed("");
      control.focus();
    });
    const follow = () => (element.isConnected ? draw() : this.removeEventListener("change", follow));
    this.addEventListener("change", follow);
    return {
      element,
      show(value) {
        chosen = value;
        draw();
      },
    };
  }

  #name(id) {
    if (!id) return this.words.no_file;
    return this.#files.get(id)?.name ?? this.sounds.find(([sound]) => sound === id)?.[1] ?? this.words.a_file;
  }

  #picture(place, id) {
    const { url, kind } = this.uploads[id] ?? {};
    const tag = { image: "img", video: "video" }[kind];
    const shown = tag ? document.createElement(tag) : null;
    if (shown) Object.assign(shown, { src: new URL(url, this.host).href, alt: "", muted: true, preload: "metadata" });
    if (place.firstElementChild?.src !== shown?.src) place.replaceChildren(...(shown ? [shown] : []));
  }

  #ask(asked) {
    this.#asked = asked;
    const { of } = asked.setting;
    write(this.#dialog, "for", asked.setting.label);
    slotOf(this.#dialog, "file").accept = of.map((kind) => TAKES[kind]).join(",");
    this.#tell("");
    this.#draw();
    this.#dialog.showModal();
    this.load().catch((error) => this.#tell(why(error), true));
  }

  #draw() {
    if (!this.#asked) return;
    const { of } = this.#asked.setting;
    const built = of.includes("sound") ? this.sounds.map(([id, name]) => ({ id, name, kind: "sound", size: 0 })) : [];
    const shown = [...built, ...[...this.#files.values()].filter(({ kind }) => of.includes(kind))];
    arrange(slotOf(this.#dialog, "files"), shown, {
      key: ({ id }) => id,
      make: () => blank("file"),
      draw: (item, file) => this.#item(item, file),
    });
    slotOf(this.#dialog, "none").hidden = shown.length > 0;
  }

  #item(item, { id, name, kind, size, width, height }) {
    item.dataset.kind = kind;
    slotOf(item, "name").textContent = name;
    const facts = [width && `${width} × ${height}`, size && bytes(size, this.language)];
    write(item, "facts", facts.filter(Boolean).join(" · "));
    this.#picture(slotOf(item, "picture"), id);
    item.querySelector("[data-choose]").ariaPressed = String(id === this.#asked.chosen);
    item.querySelector("[data-listen]").hidden = kind !== "sound";
  }

  #click({ target }) {
    const button = target.closest("button");
    const id = button?.closest("[data-key]")?.dataset.key;
    if (!id) return;
    if ("listen" in button.dataset) this.#listen(id);
    else this.#choose(id);
  }

  #choose(id) {
    this.#asked.changed(id);
    this.#dialog.close();
  }

  #listen(id) {
    this.#heard.src = this.addresses[id] ?? new URL(this.uploads[id].url, this.host).href;
    this.#heard.play().catch(() => this.#tell(this.words.not_heard, true));
  }

  #over(event) {
    event.preventDefault();
    this.#dialog.dataset.over = "";
  }

  #dropped(event) {
    event.preventDefault();
    delete this.#dialog.dataset.over;
    this.#take([...event.dataTransfer.files]);
  }

  /** Bring files one after the other; the last that fits is chosen. */
  async #take(files) {
    let last = null;
    for (const file of files) {
      try {
        const { data } = await this.#send(file);
        this.#files.set(data.id, data);
        if (this.#asked.setting.of.includes(data.kind)) last = data.id;
        this.#tell(fill(this.words.uploaded, { name: data.name }));
      } catch (error) {
        this.#tell(`${file.name}: ${why(error)}`, true);
        break;
      } finally {
        slotOf(this.#dialog, "progress").hidden = true;
      }
    }
    this.#changed();
    if (last && files.length === 1) this.#choose(last);
  }

  /** What answers an upload. Throws Refused. */
  async #send(file) {
    const { account, csrf } = document.querySelector("template[data-session]").dataset;
    const progress = (part) => this.#progress(file, part);
    const { status, body } = await upload(this.address, file, { account, csrf, progress }).catch(() => {
      throw new Refused({ code: "no_network", text: this.words.no_network });
    });
    if (status === 201 && body) return body;
    throw new Refused({ status, code: body?.code ?? "not_understood", text: body?.detail ?? this.words.no_answer });
  }

  #progress(file, part) {
    const bar = slotOf(this.#dialog, "progress");
    bar.hidden = false;
    bar.value = part;
    this.#tell(fill(this.words.uploading, { name: file.name }));
  }

  #tell(text, isBad = false) {
    const told = slotOf(this.#dialog, "told");
    told.textContent = text;
    told.classList.toggle("tone--bad", isBad);
  }

  #changed() {
    this.#draw();
    this.dispatchEvent(new Event("change"));
  }
}
