/** The events popout: its parts, and the page of an address whose token is hidden. */
import "./channels.js";
import "./events.js";
import "./shell.js";
