/** What else there is to know of one event: fetched when somebody opens its row. */
import { formatMoment } from "../elements/local-time.js";
import { webAddress } from "../lib/fragments.js";
import { addressOf, call, why } from "./api.js";
import { platform, write } from "./draw.js";
import { MESSAGE_LENGTH, clean, name, row } from "./words.js";

const MOST_NAMED = 500;

/** Open or close what stands below a row; `template` is what it looks like. */
export async function toggleDetails(item, template, { words, language }) {
  const button = item.querySelector(".event__open");
  const open = item.querySelector(".event__more");
  button.setAttribute("aria-expanded", String(!open));
  if (open) {
    open.remove();
    return;
  }
  const more = template.content.firstElementChild.cloneNode(true);
  item.append(more);
  try {
    fillIn(more, await call("GET", `/v1/events/${item.dataset.seq}`), words, language);
  } catch (error) {
    write(more, "trouble", why(error));
  }
  more.querySelector("[data-loading]").remove();
}

/** Every fact that there is; the places of what nobody said go. */
function fillIn(more, message, words, language) {
  const { data } = message;
  const told = row(message, words, language, (moment) => formatMoment(new Date(moment), "datetime"));
  const recipients = (data.extra.recipients ?? []).map(name).filter(Boolean).slice(0, MOST_NAMED);
  const facts = {
    when: formatMoment(new Date(data.occurred_at), "exact"),
    where: platform(data.platform).name,
    message: clean(data.message, MESSAGE_LENGTH * 4),
    recipients: recipients.join(", "),
    thanked: data.thanked ? `${formatMoment(new Date(data.thanked.at), "exact")} · ${name(data.thanked.by)}` : "",
    number: String(message.seq),
  };
  for (const [place, text] of Object.entries(facts)) say(more, place, text);
  more.querySelector("dl").hidden = false;
  more.querySelector("copy-button").dataset.value = sentenceOf(more.closest(".event"), told);
  const play = more.querySelector("[data-play-alert]");
  if (isAlert(more.closest(".event"))) play?.addEventListener("click", () => playAlert(more, play, message.seq, words));
  else play?.remove();
  const open = more.querySelector("[data-open-viewer]");
  if (data.actor.id) open?.addEventListener("click", () => openViewer(more, open, data, language));
  else open?.remove();
}

/** Whether there can be an alert about a row: of what somebody is thanked for, and of rewards. */
function isAlert(item) {
  return "thanks" in item.dataset || item.dataset.type === "redemption";
}

async function playAlert(more, button, seq, words) {
  button.disabled = true;
  try {
    await call("POST", `/v1/events/${seq}/alert`);
    write(more, "trouble", "");
    write(more, "done", words.alert_plays);
  } catch (error) {
    write(more, "done", "");
    write(more, "trouble", why(error));
  }
  button.disabled = false;
}

/** Who did it, as far as the platform and Lumio know them. */
async function openViewer(more, button, { platform: slug, actor }, language) {
  button.disabled = true;
  try {
    const path = addressOf({ platform: slug, id: actor.id });
    const { viewer, profile, profile_problem, messages_total } = await call("GET", path);
    const date = (moment) => (moment ? formatMoment(new Date(moment), "date") : "");
    say(more, "created_at", date(profile?.created_at));
    say(more, "followed_at", date(profile?.followed_at));
    say(more, "first_seen_at", date(viewer.first_seen_at));
    say(more, "messages_total", new Intl.NumberFormat(language).format(messages_total));
    const address = webAddress(profile?.page_url);
    say(more, "page_url", address);
    if (address) more.querySelector("[data-fact=page_url] a").href = address;
    write(more, "trouble", profile_problem?.detail ?? "");
    button.remove();
  } catch (error) {
    write(more, "trouble", why(error));
    button.disabled = false;
  }
}

function say(more, place, text) {
  const fact = more.querySelector(`[data-fact="${place}"]`);
  fact.hidden = !text;
  write(fact, "fact", text);
}

/** The row as one line of text. */
function sentenceOf(item, told) {
  const line = item.querySelector(".event__line").innerText.replace(/\s+/g, " ").trim();
  return [line, told.message].filter(Boolean).join(" – ");
}
