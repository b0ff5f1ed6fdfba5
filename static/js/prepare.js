// While somebody compares two answers to a sample, or reads who gave them, the arena prepares the
// next battle.

import { post } from "./request.js";

// Two equal answers are passed over, and another battle is prepared: so it is asked more than once.
const WAITS = [300, 300, 400, 500, 600, 800, 1000, 1500, 2000, 3000];
const LAST_WAIT = 8000;
const GIVES_UP_AFTER = 150_000;

let asked = "";

/**
 * Asks until the page is left or nobody seems to look at it any more.
 * @param {ParentNode} place
 */
export function prepareNext(place) {
  const form = /** @type {HTMLElement | null} */ (place.querySelector("[data-prepare]"));
  const address = form?.dataset.prepare ?? "";
  if (!address || asked === address) return;
  asked = address;
  ask(address, performance.now(), 0);
}

/**
 * @param {string} address
 * @param {number} began
 * @param {number} times
 */
async function ask(address, began, times) {
  if (performance.now() - began > GIVES_UP_AFTER) return;
  // Nobody waits for it: what goes wrong here is said when the next battle is asked for.
  if (!document.hidden) await post(address).catch(() => "");
  setTimeout(() => ask(address, began, times + 1), WAITS[times] ?? LAST_WAIT);
}
