/** A picture, or a video that goes round and round without its sound. */
import { Layer } from "./layer.js";
import { picture } from "./picture.js";

export class ImageLayer extends Layer {
  #url = "";

  draw() {
    const { fit, picture: id } = this.config;
    const upload = this.context.upload(id);
    this.element.style.setProperty("--fit", fit);
    if ((upload?.url ?? "") === this.#url) return; // or a video would begin anew with every change beside it
    this.#url = upload?.url ?? "";
    const node = picture(upload, "image", { loop: true });
    this.element.replaceChildren(...(node ? [node] : []));
  }

  sample() {
    this.element.classList.toggle("layer--empty", !this.#url);
  }
}
