/** The music popout. */
import "./shell.js";
