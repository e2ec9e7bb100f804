/**
 * Send a file to the REST API as whoever is signed in; `progress` is told 0 to 1.
 *
 * Gives {status, body}, the body as JSON or null; throws where nobody answers. By XMLHttpRequest, as fetch() tells nobody
 * how far it is.
 */
export function upload(address, file, { account, csrf, progress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Lumio-Account", account);
    request.setRequestHeader("X-CSRFToken", csrf);
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0));
    request.addEventListener("error", () => reject(new Error("no answer")));
    request.addEventListener("load", () => resolve({ status: request.status, body: request.response }));
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}
