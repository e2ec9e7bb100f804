import assert from "node:assert/strict";
import { test } from "node:test";

import { everywhere, inList, onCanvas, onLayers } from "../../static/js/editor/keys.js";

const press = (written) => {
  const parts = written.split(/\+(?=.)/);
  const key = parts.pop();
  const has = (name) => parts.includes(name);
  return { key, ctrlKey: has("Ctrl"), metaKey: has("Meta"), altKey: has("Alt"), shiftKey: has("Shift") };
};

for (const [where, acts] of [
  [
    everywhere,
    {
      "Ctrl+s": "save",
      "Meta+s": "save",
      "Ctrl+z": "undo",
      "Ctrl+Shift+Z": "redo",
      "Ctrl+y": "redo",
      "Ctrl+\\": "wide",
      s: null,
      "Ctrl+Shift+S": null,
      "Ctrl+Alt+z": null, // AltGr
    },
  ],
  [
    onLayers,
    {
      Delete: "remove",
      Backspace: "remove",
      Escape: "nothing",
      h: "hide",
      H: "hide",
      l: "lock",
      F2: "rename",
      "Ctrl+d": "duplicate",
      "Ctrl+a": "all",
      "Shift+?": "help",
      "Shift+Delete": null,
      "Alt+h": null,
      "Ctrl+h": null,
      x: null,
    },
  ],
  [
    onCanvas,
    {
      ArrowLeft: { act: "move", dx: -1, dy: 0 },
      "Shift+ArrowDown": { act: "move", dx: 0, dy: 10 },
      "Alt+ArrowRight": { act: "resize", dx: 1, dy: 0 },
      "Alt+Shift+ArrowUp": { act: "resize", dx: 0, dy: -10 },
      PageUp: { act: "raise" },
      PageDown: { act: "lower" },
      0: { act: "fit" },
      1: { act: "whole" },
      "+": { act: "closer" },
      "-": { act: "further" },
      "Ctrl+ArrowLeft": null,
      "Ctrl+0": null, // the browser's own zoom
      Enter: null,
    },
  ],
  [
    inList,
    {
      ArrowDown: { act: "go", step: 1, more: false },
      "Shift+ArrowUp": { act: "go", step: -1, more: true },
      Home: { act: "go", step: -Infinity, more: false },
      "Alt+ArrowUp": { act: "raise" },
      "Alt+End": { act: "bottom" },
      Enter: { act: "properties" },
      ArrowLeft: null,
      "Ctrl+ArrowUp": null,
    },
  ],
]) {
  for (const [keys, act] of Object.entries(acts)) {
    test(`${where.name}: ${keys}`, () => {
      assert.deepEqual(where(press(keys)), act);
    });
  }
}
