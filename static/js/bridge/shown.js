// What somebody sees who opens the bridge page in an ordinary browser. Inside OBS none of these elements are there.

export class Shown {
  #page;

  constructor(page) {
    this.#page = page;
  }

  /** Shows one of the sentences: connecting, leads, waits, or over. */
  become(state) {
    for (const element of this.#page.querySelectorAll("[data-state]")) element.hidden = element.dataset.state !== state;
    const list = this.#page.querySelector("[data-tools]");
    if (list && state !== "leads" && state !== "waits") list.replaceChildren();
  }

  heard(message) {
    if (message.type === "role") this.become(message.leads ? "leads" : "waits");
    if (message.type === "tools") this.#tools(message.tools);
  }

  #tools(tools) {
    const list = this.#page.querySelector("[data-tools]");
    const template = this.#page.querySelector("template[data-tool]");
    if (!list || !template) return;
    list.replaceChildren(...tools.map((tool) => this.#tool(template, tool)));
    this.#page.querySelector("[data-no-tools]").hidden = tools.length > 0;
  }

  #tool(template, { label, tool, state, version, latency_ms: latency, detail }) {
    const row = template.content.firstElementChild.cloneNode(true);
    row.dataset.link = state;
    row.querySelector("[data-slot=label]").textContent = label;
    for (const element of row.querySelectorAll("[data-link-state]")) element.hidden = element.dataset.linkState !== state;
    const facts = [version && `${tool} ${version}`, latency !== null && `${latency} ms`].filter(Boolean);
    row.querySelector("[data-slot=facts]").textContent = facts.join(", ");
    row.querySelector("[data-slot=detail]").textContent = detail;
    return row;
  }
}
