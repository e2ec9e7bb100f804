// Runs before the first paint, so that a chosen theme never flashes. The choice belongs to this browser.
try {
  document.documentElement.dataset.theme = localStorage.getItem("lumio-theme") ?? "system";
} catch {
  // Storage is switched off: the system's choice stays.
}
