// The service worker of an installed arena. It shows one page where there is no connection, and it
// hands a photo that was shared with the arena to the page on which a battle begins. It keeps no
// battle, no answer and no other page, and sends nothing by itself.

/** @typedef {Event & {waitUntil: (work: Promise<unknown>) => void}} LongEvent */
/** @typedef {LongEvent & {request: Request, respondWith: (answer: Promise<Response>) => void}} Asked */

const OFFLINE = "/offline/";
const RECEIVE = "/receive/";
const KEPT = "arena-offline";
const SHARED = "arena-shared";
/** The page and all that it shows. */
const ASSETS = [
  OFFLINE,
  "/static/favicon.svg",
  "/static/css/tokens.css",
  "/static/css/base.css",
  "/static/css/print.css",
];
const DAY = 86_400_000;
const MOST_FILES = 4;
const MOST_BYTES = 128 * 1024 * 1024;

/** @param {string} type @param {(event: any) => void} act */
const on = (type, act) => addEventListener(type, act);

on("install", (/** @type {LongEvent} */ event) => event.waitUntil(keep()));
on("message", (/** @type {LongEvent & {data: {language: string}}} */ event) => event.waitUntil(refresh(event.data.language)));
on("fetch", (/** @type {Asked} */ event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method === "POST" && pathname === RECEIVE) event.respondWith(receive(request));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => kept(OFFLINE)));
  else if (ASSETS.includes(pathname)) event.respondWith(fetch(request).catch(() => kept(pathname)));
});

async function keep() {
  const cache = await caches.open(KEPT);
  await cache.addAll(ASSETS.map((path) => new Request(path, { cache: "reload" })));
}

/** @param {string} path */
async function kept(path) {
  const cache = await caches.open(KEPT);
  return (await cache.match(path, { ignoreVary: true })) ?? Response.error();
}

/**
 * The page is fetched anew once a day, and where its reader has changed the language.
 * @param {string} language
 */
async function refresh(language) {
  const { headers } = await kept(OFFLINE);
  const age = Date.now() - Date.parse(headers.get("Date") ?? "");
  if (!(age < DAY) || headers.get("Content-Language") !== language) await keep();
}

/**
 * What the system shares stays on this device until the page takes it, and no longer than until
 * that page is opened. The page sends it only when its reader does.
 * @param {Request} request
 */
async function receive(request) {
  await caches.delete(SHARED);
  const cache = await caches.open(SHARED);
  const form = await request.formData().catch(() => new FormData());
  const files = form.getAll("image").filter((file) => file instanceof File && file.size <= MOST_BYTES);
  for (const [place, file] of /** @type {File[]} */ (files).slice(0, MOST_FILES).entries()) {
    const headers = { "Content-Type": file.type, "X-Name": encodeURIComponent(file.name) };
    await cache.put(`${RECEIVE}${place}`, new Response(file, { headers }));
  }
  const text = form.get("text");
  if (typeof text === "string" && text) await cache.put(`${RECEIVE}text`, new Response(text));
  return Response.redirect("/?received", 303);
}
