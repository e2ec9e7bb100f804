/** Pictures and videos that people have uploaded. */

/** `<img>` or `<video>` of an upload; null where there is none, or not any more. A video begins by itself. */
export function picture(upload, className, { loop = false, volume = 0, muted = false } = {}) {
  if (!upload || upload.kind === "sound") return null;
  const node = document.createElement(upload.kind === "video" ? "video" : "img");
  node.className = className;
  if (upload.kind === "video") {
    node.muted = muted || volume === 0;
    node.volume = volume;
    Object.assign(node, { autoplay: true, loop, playsInline: true });
  } else {
    node.alt = "";
    node.decoding = "async";
  }
  node.src = upload.url;
  return node;
}
