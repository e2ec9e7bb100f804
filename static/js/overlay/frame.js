/**
 * In the frame of a custom layer, the one script that its policy lets in: takes the layer's code from the page around it
 * (layers/custom.js) and runs it, with `window.lumio` to listen to (docs/users/custom-layer.md).
 *
 * The code is evaluated and not put in as scripts, so that the policy need not allow any: a frame that the code makes
 * inside of this one has a window of its own, in which it could not be kept from anything.
 */
(() => {
  "use strict";

  // No policy keeps these from the network (docs/decisions/0025-custom-code-is-evaluated.md).
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCIceTransport"]) delete window[name];

  const listeners = new Map();
  const last = new Map();
  const KEPT = new Set(["hello", "visible"]);
  const evaluate = window.eval;
  const page = window.parent;

  window.lumio = Object.freeze({
    on(type, listener) {
      listeners.set(type, [...(listeners.get(type) ?? []), listener]);
      if (last.has(type)) guarded(() => listener(last.get(type)));
    },
  });

  window.addEventListener("message", ({ source, data }) => {
    if (source !== page || data?.lumio !== 1) return;
    if (data.type === "code") run(data.data);
    else tell(data.type, data.data);
  });
  window.addEventListener("DOMContentLoaded", () => page.postMessage({ lumio: 1, type: "ready" }, "*"));

  function run({ html, css, js }) {
    const style = document.createElement("style");
    style.textContent = css;
    const template = document.createElement("template");
    template.innerHTML = html;
    const scripts = [...template.content.querySelectorAll("script:not([type]), script[type='text/javascript']")];
    for (const script of scripts) script.remove();
    document.head.append(style);
    document.body.append(template.content);
    for (const code of [...scripts.map(({ textContent }) => textContent), js]) guarded(() => evaluate(code));
  }

  function tell(type, value) {
    if (KEPT.has(type)) last.set(type, value);
    for (const listener of listeners.get(type) ?? []) guarded(() => listener(value));
  }

  /** What one listener does wrong keeps nothing from the others. OBS writes it into its log. */
  function guarded(act) {
    try {
      act();
    } catch (error) {
      console.error(error);
    }
  }
})();
