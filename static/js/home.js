/** The live parts of the dashboard's first page. */
import "./popout/channels.js";
import "./popout/chat.js";
import "./popout/events.js";
