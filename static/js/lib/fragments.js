/**
 * A message in pieces (docs/events.md, "Fragments") as nodes of a page. Strangers' text stays text, an address is only
 * followed if it is one, and a picture that does not come is replaced by its text. How the pieces look is in
 * `static/css/fragments.css`, by their class.
 */

/**
 * The nodes that `fragments` are drawn with; those of `message` where there are no fragments. `clean` is applied to all
 * text of strangers, `page` is the document.
 */
export function nodes(fragments, message = "", { clean = String, page = document } = {}) {
  const pieces = fragments?.length ? fragments : [{ type: "text", text: message }];
  const drawn = [];
  for (const piece of pieces) {
    const node = (DRAWN[piece.type] ?? drawText)(piece, clean, page);
    if (!piece.zero_width || !layOver(drawn, node, page)) drawn.push(node);
  }
  return drawn;
}

/** The address if it leads to the web, else null. */
export function webAddress(value) {
  try {
    const { href, protocol } = new URL(value);
    return protocol === "https:" || protocol === "http:" ? href : null;
  } catch {
    return null; // no address, or one of this page alone
  }
}

const DRAWN = {
  text: drawText,
  emote: (piece, clean, page) => drawPicture(piece, clean, page),
  cheermote: drawCheermote,
  mention: (piece, clean, page) => span("fragment fragment--mention", clean(piece.text), page),
  link: drawLink,
};

function drawText(piece, clean, page) {
  return page.createTextNode(clean(piece.text ?? ""));
}

function drawPicture(piece, clean, page) {
  const text = clean(piece.text ?? "");
  const address = webAddress(piece.url);
  if (!address) return page.createTextNode(text);
  const image = page.createElement("img");
  image.className = "fragment fragment--emote";
  image.alt = image.title = text;
  if (piece.animated) image.dataset.animated = "";
  image.loading = "lazy";
  image.decoding = "async";
  image.referrerPolicy = "no-referrer";
  image.addEventListener("error", () => image.replaceWith(page.createTextNode(text)), { once: true });
  image.src = address; // last: whoever listens for its failure is there already
  return image;
}

/** The picture of a cheer beside the number of its bits. */
function drawCheermote(piece, clean, page) {
  if (!webAddress(piece.url)) return span("fragment fragment--cheer", clean(piece.text ?? ""), page);
  const cheer = span("fragment fragment--cheer", "", page);
  cheer.append(drawPicture({ ...piece, text: piece.prefix || piece.text }, clean, page), String(piece.bits ?? ""));
  return cheer;
}

/** Puts the first picture of a moving emote in its place, once it has come. For those who asked for less motion. */
export function still(image, page = document) {
  const canvas = page.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.className = image.className;
  canvas.title = image.title;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", image.alt);
  canvas.getContext("2d").drawImage(image, 0, 0);
  image.replaceWith(canvas);
}

/** Puts an emote of zero width over the picture it follows; false if it follows none. */
function layOver(drawn, node, page) {
  const gap = drawn.at(-1)?.nodeName === "#text" && !drawn.at(-1).data.trim() ? 1 : 0;
  const before = drawn.at(-1 - gap);
  if (node.nodeName !== "IMG" || !before || !isPicture(before)) return false;
  drawn.splice(-1 - gap);
  const stack = before.nodeName === "IMG" ? span("fragment fragment--stack", "", page) : before;
  if (stack !== before) stack.append(before);
  stack.append(node);
  drawn.push(stack);
  return true;
}

function isPicture(node) {
  return node.nodeName === "IMG" || node.className === "fragment fragment--stack";
}

function drawLink(piece, clean, page) {
  const address = webAddress(piece.url);
  if (!address) return drawText(piece, clean, page);
  const link = page.createElement("a");
  link.className = "fragment fragment--link";
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  link.textContent = clean(piece.text ?? "");
  return link;
}

function span(className, text, page) {
  const node = page.createElement("span");
  node.className = className;
  node.textContent = text;
  return node;
}
