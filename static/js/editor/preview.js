/** The overlay itself, framed: `/overlay/{key}/preview` draws whatever draft it is told. */
export class Preview {
  #frame;
  #origin;
  #whole;
  #draft = null;
  #shown = new Set(); // ids of the layers that the page has been told to fill with samples
  #isReady = false;
  #isDue = false;

  /** `whole(draft)` is the definition that the page draws. */
  constructor(frame, whole) {
    this.#frame = frame;
    this.#whole = whole;
    addEventListener("message", (event) => this.#told(event));
    frame.src = frame.dataset.address; // only now, so that its "ready" is heard
    this.#origin = new URL(frame.src).origin;
  }

  /** Draw `draft`, at most once a frame however fast it changes. */
  show(draft) {
    this.#draft = draft;
    if (!this.#isReady || this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  /** Have an alert box play one of its variations, as it would play `play`. */
  play(layer, variation, play) {
    this.#send({ lumio: "play", layer, variation, play });
  }

  #draw() {
    this.#send({ lumio: "draft", definition: this.#whole(this.#draft) });
    const visible = this.#draft.layers.filter((layer) => layer.visible).map(({ id }) => id);
    for (const layer of visible) if (!this.#shown.has(layer)) this.#send({ lumio: "sample", layer });
    this.#shown = new Set(visible); // one that is hidden is taken down, and comes back empty
  }

  #told(event) {
    if (event.source !== this.#frame.contentWindow || event.origin !== this.#origin) return;
    if (event.data?.lumio !== "ready") return;
    this.#isReady = true;
    this.#frame.dataset.ready = "";
    this.#shown.clear(); // it may have been loaded anew
    if (this.#draft) this.show(this.#draft);
  }

  #send(message) {
    this.#frame.contentWindow?.postMessage(message, this.#origin);
  }
}
