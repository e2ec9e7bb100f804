/** Calls of the REST API, as whoever opened the page: by its token, or by the session of the dashboard. */
import { ask } from "../lib/ask.js";
import { takeToken } from "./link.js";

/** What the API refused: `text` is a sentence for people, `code` for programs, `retryAfter` seconds or null. */
export class Refused extends Error {
  constructor({ status = 0, code, text, retryAfter = null }) {
    super(text);
    Object.assign(this, { status, code, text, retryAfter });
  }
}

/** The `data` that answers a call, null where there is none. Throws Refused, with the code "no_network" for no answer. */
export async function call(method, path, body = undefined) {
  const answer = await send(method, path, body);
  const told = answer.status === 204 ? {} : await answer.json().catch(() => null);
  if (answer.ok && told) return told.data ?? null;
  throw new Refused({
    status: answer.status,
    code: told?.code ?? "not_understood",
    text: told?.detail ?? words().no_answer,
    retryAfter: Number(answer.headers.get("Retry-After")) || null,
  });
}

/**
 * Why something did not work, as a sentence for people. What is not Refused is a mistake of ours: the console has it, as
 * it has what nobody catches, and people read how to go on.
 */
export function why(error) {
  if (error instanceof Refused) return error.text;
  reportError(error);
  return words().mistake;
}

/** For `catch`: gives `value` where a call was refused and nobody needs to know. What is not Refused goes on. */
export function orElse(value) {
  return (error) => {
    if (error instanceof Refused) return value;
    throw error;
  };
}

/** Where the API has somebody: `subject` is `{platform, id}`. */
export function addressOf({ platform, id }) {
  return `/v1/chat/viewers/${encodeURIComponent(platform)}/${encodeURIComponent(id)}`;
}

async function send(method, path, body) {
  const address = new URL(path, location.href);
  const token = takeToken(window);
  if (token) address.searchParams.set("token", token);
  try {
    return await ask(address, {
      method,
      headers: { "Content-Type": "application/json", ...(token ? {} : asSession()) },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: token ? "omit" : "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new Refused({ code: "no_network", text: words().no_network });
  }
}

/** What shows that the call comes from a page of ours, and which account the page is about. */
function asSession() {
  const { account, csrf } = document.querySelector("template[data-session]").dataset;
  return { "Lumio-Account": account, "X-CSRFToken": csrf };
}

function words() {
  return JSON.parse(document.querySelector("#words").textContent);
}
