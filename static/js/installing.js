// What an installed arena adds to the page on which a battle begins: its service worker, and the
// photos that were shared with it.

const SHARED = "arena-shared";

/** @param {string} url of the service worker; without one nothing can be installed */
export function install(url) {
  // Browsers offer it to pages on https and on this machine alone.
  if (!url || !("serviceWorker" in navigator)) return;
  navigator.serviceWorker.register(url).catch(() => undefined);
  navigator.serviceWorker.ready.then(({ active }) => active?.postMessage({ language: document.documentElement.lang }));
}

/**
 * Takes what was shared with the arena, which then is kept nowhere else.
 * @returns {Promise<{files: File[], text: string} | null>} null where nothing was said to be shared
 */
export async function received() {
  if (!("caches" in window)) return null;
  const asked = new URLSearchParams(location.search).has("received");
  if (asked) history.replaceState(history.state, "", location.pathname);
  /** @type {{files: File[], text: string}} */
  const found = { files: [], text: "" };
  const cache = asked ? await caches.open(SHARED) : null;
  for (const response of (await cache?.matchAll()) ?? []) {
    const name = response.headers.get("X-Name");
    if (name === null) found.text = await response.text();
    else found.files.push(await named(response, name));
  }
  await caches.delete(SHARED);
  return asked ? found : null;
}

/**
 * @param {Response} response
 * @param {string} name
 */
async function named(response, name) {
  const bytes = await response.blob();
  return new File([bytes], decodeURIComponent(name), { type: bytes.type });
}
