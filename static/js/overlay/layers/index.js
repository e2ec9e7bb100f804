/**
 * What draws each type of layer. All are of `Layer` (layer.js), which says how they are made and spoken to; an alert box
 * also has `play(play, variation)` and `halt()`.
 *
 * Messages are as on the wire. On "overlay" the parts that a layer reads of `data` are `goals` (`{[layer]: {counted}}`),
 * `timers` (`{[layer]: {ran_seconds, running_since}}`) and `facts` (values of a text layer's variables, as text).
 */
import { AlertBoxLayer } from "./alert-box.js";
import { ChatBoxLayer } from "./chat-box.js";
import { CustomLayer } from "./custom.js";
import { EventListLayer } from "./event-list.js";
import { GoalLayer } from "./goal.js";
import { ImageLayer } from "./image.js";
import { NowPlayingLayer } from "./now-playing.js";
import { TextLayer } from "./text.js";
import { TimerLayer } from "./timer.js";

export const LAYERS = {
  alert_box: AlertBoxLayer,
  chat_box: ChatBoxLayer,
  event_list: EventListLayer,
  now_playing: NowPlayingLayer,
  goal: GoalLayer,
  text: TextLayer,
  image: ImageLayer,
  timer: TimerLayer,
  custom: CustomLayer,
};
