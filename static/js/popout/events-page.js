/** The events popout: its parts, and the page of an address whose token is hidden. */
import "../elements/copy-button.js";
import "./channels.js";
import "./events.js";
import "./shell.js";
