// Runs before the first paint, so that nothing jumps. The size is in percent.
document.documentElement.style.setProperty("--scale", document.documentElement.dataset.size / 100);
