/** The chat popout: its parts, and the page of an address whose token is hidden. */
import "./channels.js";
import "./desk.js";
import "./panic.js";
import "./shell.js";
