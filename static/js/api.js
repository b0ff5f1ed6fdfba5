/** Shows the API's description, which its place on the page names, with Swagger UI. */

/** @typedef {(options: Record<string, unknown>) => unknown} SwaggerBundle */

const place = /** @type {HTMLElement} */ (document.querySelector("#swagger-ui"));
const bundle = /** @type {{ SwaggerUIBundle: SwaggerBundle }} */ (/** @type {unknown} */ (window));

bundle.SwaggerUIBundle({
  url: place.dataset.url,
  domNode: place,
  layout: "BaseLayout",
  deepLinking: true,
});

export {};
