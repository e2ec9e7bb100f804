/**
 * The overlay inside the dashboard: drawn from what the page around it sends, silent, and known to no server.
 *
 * That page sends `{lumio: "draft", definition}`, `{lumio: "sample", layer}` (null for all) and
 * `{lumio: "play", layer, variation, play}`; it is told `{lumio: "ready"}` when it may begin.
 */
export function listen(page, stage, { framed_by: dashboard, definition }) {
  page.addEventListener("message", ({ origin, source, data }) => {
    if (origin !== dashboard || source !== page.parent) return;
    switch (data?.lumio) {
      case "draft":
        stage.show(data.definition);
        break;
      case "sample":
        stage.sample(data.layer ?? null);
        break;
      case "play":
        stage.play(data.play, data);
    }
  });
  stage.show(definition);
  stage.sample(null);
  page.parent.postMessage({ lumio: "ready" }, dashboard);
}
