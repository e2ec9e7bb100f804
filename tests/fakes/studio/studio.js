const EVERY = 1000;

function show(status) {
  for (const place of document.querySelectorAll("[data-fact]")) {
    place.textContent = status.facts[place.dataset.fact];
    place.dataset.good = status.good[place.dataset.fact];
    place.classList.remove("offline");
  }
  for (const button of document.querySelectorAll("[data-lasting]")) {
    button.setAttribute("aria-pressed", status.running.includes(button.id));
  }
  const log = document.getElementById("log");
  const newest = status.log.map(({ at, sentence }) => `${at} ${sentence}`).join("\n");
  if (log.dataset.shown === newest) return;
  log.dataset.shown = newest;
  log.replaceChildren(...status.log.map(line));
}

function line({ at, sentence }) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  const words = document.createElement("span");
  time.textContent = at;
  words.textContent = sentence;
  item.append(time, words);
  return item;
}

function showGone() {
  for (const place of document.querySelectorAll("[data-fact]")) {
    place.textContent = "the demo has stopped";
    place.classList.add("offline");
    delete place.dataset.good;
  }
}

async function ask(url, options = {}) {
  try {
    const answer = await fetch(url, { ...options, headers: { Accept: "application/json" } });
    show(await answer.json());
  } catch {
    showGone();
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.closest(".buttons")) return; // the others send what is in them
  event.preventDefault();
  ask(event.target.action, { method: "POST" });
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});

ask("/studio/status");
setInterval(() => ask("/studio/status"), EVERY);
