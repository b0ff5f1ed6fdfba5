// The page that says how long to wait: it counts the seconds down and asks again by itself, unless
// somebody wants to stay on it.

import { Countdown, LONGEST_WAIT } from "./countdown.js";

const place = /** @type {HTMLElement | null} */ (document.querySelector("[data-wait]"));
const seconds = Number(place?.dataset.wait);
if (place && seconds <= LONGEST_WAIT) begin(place);

/** @param {HTMLElement} line */
function begin(line) {
  const form = /** @type {HTMLFormElement | null} */ (document.getElementById("again"));
  const left = /** @type {HTMLElement} */ (line.querySelector("[role=timer]"));
  const countdown = new Countdown(
    seconds,
    (text) => (left.textContent = text),
    () => (form ? form.requestSubmit() : location.reload()),
  );
  line.hidden = false;
  line.querySelector("button")?.addEventListener("click", () => {
    countdown.stop();
    line.remove();
  });
}
