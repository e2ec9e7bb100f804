/** The page of an address whose token is hidden: fetches itself with the token that this tab keeps. */
import { ask } from "../lib/ask.js";
import { forgetToken, storedToken } from "./link.js";

class PopoutShell extends HTMLElement {
  async connectedCallback() {
    const token = storedToken(window);
    if (token === null) {
      this.firstElementChild.hidden = false;
      return;
    }
    const address = new URL(location.href);
    address.searchParams.set("token", token);
    const answer = await ask(address, { cache: "no-store", credentials: "omit" }).catch(() => null);
    const html = answer && (await answer.text().catch(() => null));
    if (html === null || answer.status >= 500) {
      setTimeout(() => location.reload(), 3000); // the server is away: as a browser source would, try again
      return;
    }
    const page = new DOMParser().parseFromString(html, "text/html");
    if (answer.status === 401) forgetToken(window);
    document.title = page.title;
    document.body.replaceWith(document.adoptNode(page.body));
  }
}

customElements.define("popout-shell", PopoutShell);
