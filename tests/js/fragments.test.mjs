import assert from "node:assert/strict";
import { test } from "node:test";

import { nodes, webAddress } from "../../static/js/lib/fragments.js";

/** As much of a node as the pieces of a message need. */
class FakeNode {
  constructor(nodeName, text = "") {
    this.nodeName = nodeName;
    this.data = text;
    this.text = text;
    this.children = [];
    this.listeners = {};
    this.replacement = null;
  }

  set textContent(text) {
    this.text = text;
  }

  append(...children) {
    this.children.push(...children);
  }

  addEventListener(name, listener) {
    this.listeners[name] = listener;
  }

  replaceWith(node) {
    this.replacement = node;
  }
}

const page = {
  createElement: (tag) => new FakeNode(tag.toUpperCase()),
  createTextNode: (text) => new FakeNode("#text", text),
};
const KAPPA = "https://static-cdn.jtvnw.net/emoticons/v2/25/default/dark/2.0";
const draw = (fragments, message, clean) => nodes(fragments, message, { clean, page });
const drawOne = (fragment) => draw([fragment])[0];
const isText = (node, text) => assert.deepEqual([node.nodeName, node.text], ["#text", text]);

test("text is a text node, whatever it looks like", () => {
  isText(drawOne({ type: "text", text: "<b>gg</b>" }), "<b>gg</b>");
});

test("a message without pieces is one of text", () => {
  for (const none of [[], null, undefined]) isText(draw(none, "hello")[0], "hello");
});

test("a kind of piece that is not known yet is its text", () => {
  isText(drawOne({ type: "sticker", text: ":wave:", url: KAPPA }), ":wave:");
});

test("an emote is a lazy picture with its word as what is read aloud", () => {
  const image = drawOne({ type: "emote", text: "Kappa", id: "25", url: KAPPA });

  assert.deepEqual(
    [image.nodeName, image.src, image.alt, image.title, image.loading, image.className],
    ["IMG", KAPPA, "Kappa", "Kappa", "lazy", "fragment fragment--emote"],
  );
});

test("a picture that does not come is replaced by its word", () => {
  const image = drawOne({ type: "emote", text: "Kappa", id: "25", url: KAPPA });

  image.listeners.error();

  isText(image.replacement, "Kappa");
});

test("an emote without an address of the web is its word", () => {
  for (const url of [undefined, null, "", "javascript:alert(1)", "data:image/png;base64,", "/own.png"]) {
    isText(drawOne({ type: "emote", text: "Kappa", id: "25", url }), "Kappa");
  }
});

test("emotes of zero width lie over the picture that they follow", () => {
  const emote = (text, zero_width) => ({ type: "emote", text, url: KAPPA, zero_width });
  const space = { type: "text", text: " " };

  const drawn = draw([emote("Kappa"), space, emote("Rain", true), space, emote("Hat", true), space, emote("LUL")]);

  assert.deepEqual(drawn.map((node) => node.className ?? node.text), [
    "fragment fragment--stack",
    " ",
    "fragment fragment--emote",
  ]);
  assert.deepEqual(drawn[0].children.map((image) => image.alt), ["Kappa", "Rain", "Hat"]);
});

test("an emote of zero width that follows no picture stands by itself", () => {
  const over = { type: "emote", text: "Rain", url: KAPPA, zero_width: true };

  assert.deepEqual(draw([over]).map((node) => node.nodeName), ["IMG"]);
  assert.deepEqual(draw([{ type: "text", text: "hi " }, over]).map((node) => node.nodeName), ["#text", "IMG"]);
});

test("a cheermote is its picture and the number of bits", () => {
  const piece = { type: "cheermote", text: "Cheer100", prefix: "Cheer", bits: 100, tier: 100, url: KAPPA };

  const [image, bits] = drawOne(piece).children;

  assert.deepEqual([image.nodeName, image.alt, bits], ["IMG", "Cheer", "100"]);
});

test("a cheermote without a picture is what was written", () => {
  const cheer = drawOne({ type: "cheermote", text: "Cheer100", prefix: "Cheer", bits: 100 });

  assert.deepEqual([cheer.text, cheer.children], ["Cheer100", []]);
});

test("a mention stands out and is text", () => {
  const mention = drawOne({ type: "mention", text: "@<i>", id: "1" });

  assert.deepEqual([mention.nodeName, mention.text, mention.className], ["SPAN", "@<i>", "fragment fragment--mention"]);
});

test("a link leads to the web, in a tab that knows nothing of this one", () => {
  const link = drawOne({ type: "link", text: "example.org/a", url: "https://example.org/a" });

  assert.deepEqual(
    [link.nodeName, link.href, link.text, link.target, link.rel],
    ["A", "https://example.org/a", "example.org/a", "_blank", "noopener noreferrer nofollow"],
  );
});

test("a link that leads elsewhere is its text", () => {
  for (const url of ["javascript:alert(1)", "ftp://example.org", "", undefined]) {
    isText(drawOne({ type: "link", text: "click", url }), "click");
  }
});

test("all text of strangers is cleaned, pictures' words included", () => {
  const pieces = [
    { type: "text", text: "a" },
    { type: "emote", text: "b", url: KAPPA },
    { type: "mention", text: "c" },
    { type: "link", text: "d", url: "https://example.org" },
  ];

  const [text, emote, mention, link] = draw(pieces, "", (words) => `${words}!`);

  assert.deepEqual([text.text, emote.alt, mention.text, link.text], ["a!", "b!", "c!", "d!"]);
});

test("an address is one of the web or none", () => {
  assert.equal(webAddress("HTTPS://Example.org/x"), "https://example.org/x");
  assert.equal(webAddress("http://example.org"), "http://example.org/");
  for (const other of ["javascript:alert(1)", "//example.org", "example.org", "", null]) {
    assert.equal(webAddress(other), null);
  }
});
