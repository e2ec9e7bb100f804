/** What a page says in passing, as why something did not work: in its place for a note, until it has been read. */
import { write } from "./draw.js";

const STAYS = 8000; // ms

export class Note {
  #page;
  #timer = 0;

  constructor(page) {
    this.#page = page;
  }

  say(text) {
    write(this.#page, "note", text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => write(this.#page, "note", ""), STAYS);
  }

  /** The page is gone. */
  stop() {
    clearTimeout(this.#timer);
  }
}
