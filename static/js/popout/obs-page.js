/** The OBS popout. */
import "./obs.js";
import "./screen-tools.js";
import "./shell.js";
