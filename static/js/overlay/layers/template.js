/** Words with places, as people write them: "{{name}} followed". */

const PLACE = /\{\{\s*(\w+)\s*\}\}/g;

/** The template in pieces: `{text}` or `{name, text}` for a place that has a value. A place without one stays as it is. */
export function pieces(template, values) {
  const found = [];
  let after = 0;
  for (const match of template.matchAll(PLACE)) {
    if (!Object.hasOwn(values, match[1])) continue;
    found.push({ text: template.slice(after, match.index) }, { name: match[1], text: String(values[match[1]]) });
    after = match.index + match[0].length;
  }
  found.push({ text: template.slice(after) });
  return found.filter(({ text }) => text);
}

/** The same as nodes: text, whatever it looks like, and `<bdi class="variable variable--{name}">` for places. */
export function filled(template, values) {
  return pieces(template, values).map(({ name, text }) => {
    if (!name) return document.createTextNode(text);
    const place = document.createElement("bdi");
    place.className = `variable variable--${name}`;
    place.textContent = text;
    return place;
  });
}
