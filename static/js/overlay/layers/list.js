/** What the layers share that show rows of a log: who is shown, and how a row is drawn. */
import { platform } from "../../popout/draw.js";
import { make } from "./layer.js";

/** Whether a layer that shows `platforms` (none chosen: all) shows this one. */
export function isOf(platforms, slug) {
  return platforms.length === 0 || platforms.includes(slug);
}

/** The icon of a platform, by which viewers of several know where somebody is. */
export function platformIcon(slug) {
  const { icon, name } = platform(slug);
  const node = make("span", "platform-icon", ...icon);
  node.title = name;
  return node;
}
