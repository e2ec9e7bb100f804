// The page that shows the OpenAPI document. Swagger UI is a plain script, so it stands on `window`.
const place = document.getElementById("docs");

document.documentElement.classList.toggle("dark-mode", matchMedia("(prefers-color-scheme: dark)").matches);

window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  // Drawing all operations at once takes Swagger UI half a minute.
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  // Asks nobody outside whether the document is a valid one.
  validatorUrl: null,
  requestInterceptor: (request) => {
    request.headers["X-CSRFToken"] = place.dataset.csrf;
    return request;
  },
  // The command line that it shows leaves out what was added above.
  showMutatedRequest: false,
});
