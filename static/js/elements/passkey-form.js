/**
 * <passkey-form data-action="get|create">: has the browser fill in the hidden field "credential" of its form.
 *
 * What the server asks for is JSON: on the page, in the element with the id `data-options`, or at the address
 * `data-ask`, fetched when the button is pressed. Where the browser has no passkeys the form stays hidden, and the
 * [data-passkey-why] beside it says so.
 */
import { ask } from "../lib/ask.js";
import { toBytes, toText } from "../lib/base64url.js";

class PasskeyForm extends HTMLElement {
  connectedCallback() {
    if (!window.isSecureContext || !window.PublicKeyCredential) return;
    this.querySelector("[data-passkey-why]").hidden = true;
    this.#form.hidden = false;
    this.addEventListener("submit", this.#submit);
  }

  disconnectedCallback() {
    this.removeEventListener("submit", this.#submit);
  }

  get #form() {
    return this.querySelector("[data-passkey]");
  }

  #submit = async (event) => {
    const field = this.#form.elements.credential;
    if (field.value) return;
    event.preventDefault();
    if (this.hasAttribute("data-busy")) return;
    this.#rest(false);
    this.#say("");
    try {
      const { publicKey } = await this.#options();
      field.value = JSON.stringify(this.dataset.action === "create" ? await create(publicKey) : await get(publicKey));
      this.#form.requestSubmit();
    } catch (error) {
      const said = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known" };
      this.#say(this.dataset[said[error.name] ?? "failed"]);
      this.#rest(true);
    }
  };

  async #options() {
    if (this.dataset.options) return JSON.parse(document.getElementById(this.dataset.options).textContent);
    const answer = await ask(this.dataset.ask, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return (await answer.json()).request_options;
  }

  #rest(isResting) {
    this.toggleAttribute("data-busy", !isResting);
    const button = this.#form.querySelector("button");
    if (isResting) button.removeAttribute("aria-busy");
    else button.setAttribute("aria-busy", "true");
  }

  #say(sentence) {
    const error = this.querySelector("[data-passkey-error]");
    error.textContent = sentence;
    error.hidden = !sentence;
  }
}

const known = (credentials = []) => credentials.map((one) => ({ ...one, id: toBytes(one.id) }));

/** A new passkey, as the server reads it. It lives on the device, so that it signs in without a password. */
async function create(options) {
  const credential = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
      authenticatorSelection: {
        ...options.authenticatorSelection,
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      },
    },
  });
  const { response } = credential;
  return plain(credential, {
    clientDataJSON: toText(response.clientDataJSON),
    attestationObject: toText(response.attestationObject),
    transports: response.getTransports?.() ?? [],
  });
}

/** The answer of a passkey that is there already, as the server reads it. */
async function get(options) {
  const credential = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: known(options.allowCredentials),
    },
  });
  const { response } = credential;
  return plain(credential, {
    clientDataJSON: toText(response.clientDataJSON),
    authenticatorData: toText(response.authenticatorData),
    signature: toText(response.signature),
    userHandle: response.userHandle ? toText(response.userHandle) : null,
  });
}

function plain(credential, response) {
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

customElements.define("passkey-form", PasskeyForm);
