/** <live-rows>: the newest page of all events goes on by itself. The server draws the rows, as the filters ask. */
import { ask } from "./lib/ask.js";
import { pageWords } from "./popout/draw.js";
import "./popout/panic.js";
import { listen } from "./popout/socket.js";
import { fill } from "./popout/words.js";

const MOST_ROWS = 200;
const PAUSE = 800; // ms in which events gather, so that a busy minute is not a hundred requests
const AWAY = 10_000; // ms until a server that does not answer is asked again

class LiveRows extends HTMLElement {
  #unlisten = () => {};
  #timer = 0;
  #isAsking = false;
  #isBehind = false;

  connectedCallback() {
    const { account, after } = this.dataset;
    if (!account) return; // an older page, which stays as it is
    this.#unlisten = listen({
      channels: [{ name: `events:${account}`, after: Number(after) }],
      on: {
        messages: () => this.#soon(),
        gap: () => this.#soon(),
        refused: () => this.remove(),
        closed: () => this.remove(),
      },
    });
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#unlisten();
  }

  #soon(pause = PAUSE) {
    this.#isBehind = true;
    const waits = this.#timer || this.#isAsking;
    if (this.isConnected && !waits) this.#timer = setTimeout(() => this.#ask(), pause);
  }

  async #ask() {
    this.#timer = 0;
    this.#isAsking = true;
    this.#isBehind = false;
    const rows = this.querySelector("[data-rows]");
    const address = new URL(this.dataset.address || "?", location.href);
    address.searchParams.set("after", rows.firstElementChild?.dataset.seq ?? this.dataset.after);
    const answer = await ask(address, { headers: { "HX-Request": "true" } }).catch(() => null);
    const html = answer?.ok ? await answer.text().catch(() => null) : null;
    const isAway = answer ? answer.status >= 500 || (answer.ok && html === null) : true;
    const hasMore = html !== null && this.#draw(rows, html);
    this.#isAsking = false;
    if (isAway) this.#soon(AWAY);
    else if (this.#isBehind || hasMore) this.#soon();
  }

  /** Puts new rows on top; whether there were as many as one answer holds. */
  #draw(rows, html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const fresh = [...page.querySelectorAll("li[data-seq]")];
    if (!fresh.length) return false;
    for (const item of fresh) item.classList.add("log__row--new");
    rows.prepend(...fresh.map((item) => document.adoptNode(item)));
    while (rows.children.length > MOST_ROWS) rows.lastElementChild.remove();
    this.querySelector("[data-empty]").hidden = true;
    const words = pageWords();
    this.querySelector("[data-said]").textContent = fill(words[fresh.length === 1 ? "new_event" : "new_events"], {
      n: fresh.length,
    });
    return fresh.length >= Number(this.dataset.page);
  }
}

customElements.define("live-rows", LiveRows);
