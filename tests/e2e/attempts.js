// Ways in which code of a page could reach a stranger: each asks for its own name. HTTP, UDP: where the stranger listens.
// Put into a page as the body of `(http, udp) => …`.
{
  const put = (tag, attributes) => document.body.appendChild(Object.assign(document.createElement(tag), attributes));
  const inFrame = (code) => put("iframe", { srcdoc: `<script>${code}<\/script>` });
  const ask = (peers) =>
    `{ const peer = new RTCPeerConnection({ iceServers: [{ urls: "stun:${peers}" }] });
       peer.createDataChannel("x");
       peer.createOffer().then((offer) => peer.setLocalDescription(offer)); }`;

  const attempts = {
    fetch: (at) => fetch(at, { mode: "no-cors" }),
    xhr: (at) => {
      const request = new XMLHttpRequest();
      request.open("GET", at);
      request.send();
    },
    websocket: (at) => new WebSocket(at.replace("http", "ws")),
    eventsource: (at) => new EventSource(at),
    beacon: (at) => navigator.sendBeacon(at, "x"),
    ping: (at) => put("a", { href: "#", ping: at }).click(),
    image: (at) => put("img", { src: at }),
    svg: (at) => document.body.insertAdjacentHTML("beforeend", `<svg><image href="${at}" width="9" height="9"/></svg>`),
    background: (at) => put("div", { style: `background: url("${at}"); width: 9px; height: 9px` }),
    script: (at) => put("script", { src: at }),
    module: (at) => import(at),
    worker: (at) => new Worker(URL.createObjectURL(new Blob([`fetch("${at}", { mode: "no-cors" })`]))),
    stylesheet: (at) => put("link", { rel: "stylesheet", href: at }),
    import: (at) => put("style", { textContent: `@import url("${at}");` }),
    font: (at) => new FontFace("x", `url(${at})`).load(),
    video: (at) => put("video", { src: at, preload: "auto" }),
    frame: (at) => put("iframe", { src: at }),
    object: (at) => put("object", { data: at }),
    embed: (at) => put("embed", { src: at }),
    preload: (at) => put("link", { rel: "preload", as: "image", href: at }),
    modulepreload: (at) => put("link", { rel: "modulepreload", href: at }),
    prefetch: (at) => put("link", { rel: "prefetch", href: at }),
    speculation: (at) => {
      const textContent = JSON.stringify({ prefetch: [{ source: "list", urls: [at] }] });
      put("script", { type: "speculationrules", textContent });
    },
    frame_of_its_own: (at) => inFrame(`fetch("${at}", { mode: "no-cors" })`),
    webrtc: (_, peers) => window.eval(ask(peers)),
    webrtc_in_a_frame: (_, peers) => inFrame(ask(peers)),
    webrtc_of_a_frame: (_, peers) => put("iframe", {}).contentWindow.eval(ask(peers)),
    popup: (at) => open(at),
    form: (at) => put("form", { action: at, target: "_blank" }).submit(),
    top: (at) => put("a", { href: at, target: "_top" }).click(),
    leave: (at) => (location.href = at),
  };

  /** Try one; what it throws is no matter. */
  window.attempt = (name, at, peers) => Promise.resolve().then(() => attempts[name](at, peers)).catch(() => {});
  window.attempts = Object.keys(attempts);
}
