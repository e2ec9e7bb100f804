import "./dialogs.js";
import "./elements/busy-form.js";
import "./elements/copy-button.js";
import "./elements/count-down.js";
import "./elements/dismiss-button.js";
import "./elements/local-time.js";
import "./elements/nav-drawer.js";
import "./elements/theme-toggle.js";
