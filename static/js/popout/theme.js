// As the device has it, from before the first paint on.
const light = matchMedia("(prefers-color-scheme: light)");
light.onchange = () => { document.documentElement.dataset.theme = light.matches ? "light" : "dark"; };
light.onchange();
