/** The music popout. */
import "./music.js";
import "./shell.js";
