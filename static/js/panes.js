// One side's answer: finished blocks as the server's HTML, the open block as text.

import { offerCode, offerCopy } from "./copying.js";
import { given, Places, showEarlier } from "./places.js";
import { read } from "./request.js";
import { clock, showFor } from "./words.js";

const NEAR_END = 32;
// Seconds without a word of a side, after which the page says why that may be.
const LONG_WAIT = 10;

/** @type {Record<string, string>} */
const failures = JSON.parse(document.getElementById("failure-messages")?.textContent ?? "{}");

export class Pane {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.body = /** @type {HTMLElement} */ (root.querySelector(".pane__body"));
    this.answer = /** @type {HTMLElement} */ (root.querySelector(".pane__body > .answer"));
    this.open = /** @type {HTMLElement} */ (root.querySelector(".answer__open"));
    // The sentences of an answer that the arena or the voter ended; each names its code.
    this.cuts = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-cut]")]);
    this.failure = /** @type {HTMLElement} */ (root.querySelector(".pane__failure"));
    for (const said of root.querySelectorAll(".said")) showEarlier(said);
    this.asked = /** @type {HTMLElement | null} */ (root.querySelector(".pane__body > .said__prompt"));
    this.top = 0;
    this.toNewest();
    const places = /** @type {HTMLElement} */ (this.body.querySelector(":scope > .places"));
    this.unread = /** @type {HTMLElement} */ (root.querySelector("[data-unread]"));
    this.places = new Places(places, [this.answer, this.open]);
    this.point(given(this.body, ":scope > .places__data"));
    offerCopy(root.querySelector("[data-copy]"), () => this.answer.innerText);
    const written = /** @type {HTMLAnchorElement | null} */ (root.querySelector("[data-copy-written]"));
    offerCopy(written, () => read(written?.href ?? ""));
    offerCode(this.body);
  }

  /** The newest question comes to the top, or stays above it; what was said before it is above. */
  toNewest() {
    if (!this.asked) return;
    const place = this.asked.offsetTop - this.body.offsetTop;
    if (this.body.scrollTop >= place) return;
    this.body.scrollTop = place;
    this.top = this.body.scrollTop;
  }

  /** @param {import("./stream.js").SideFrame} frame */
  apply(frame) {
    const following = this.atEnd();
    // A question at the end of its pane comes to the top as soon as its answer gives it the room,
    // unless the reader has gone up to what was said before.
    const led = this.body.scrollTop >= this.top;
    if (frame.reset) this.answer.replaceChildren();
    if (frame.reset || frame.html) this.open.textContent = "";
    if (frame.html) {
      this.answer.insertAdjacentHTML("beforeend", frame.html);
      offerCode(this.answer);
    }
    if (frame.more) this.open.append(frame.more);
    if (frame.places) this.point(frame.places);
    this.setState(frame.state, frame.code);
    if (following) this.body.scrollTop = this.body.scrollHeight;
    else if (led) this.toNewest();
  }

  /** @param {import("./drawing.js").Place[]} places */
  point(places) {
    this.places.show(places);
    this.unread.hidden = places.every(({ kind }) => kind !== "unread");
  }

  /**
   * @param {string} state
   * @param {string} code
   */
  setState(state, code) {
    const cut = { ended: code, stopped: code || "stopped" }[state];
    for (const one of this.cuts) one.hidden = !cut || cut !== one.dataset.cut;
    this.root.dataset.code = code;
    if (state === "failed") this.failure.textContent = failures[code] ?? failures.internal ?? "";
    this.root.dataset.state = state;
    // Until its first word a side is said to think, whether its model does or is being loaded.
    showFor(this.root, state === "streaming" && this.isEmpty ? "preparing" : state);
  }

  get isEmpty() {
    return !this.answer.hasChildNodes() && !this.open.textContent;
  }

  /** A long answer stays at its top, but takes along a reader who has gone to its end. */
  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.body;
    return scrollTop > this.top && scrollHeight - scrollTop - clientHeight < NEAR_END;
  }
}

/**
 * One clock for both sides: the time since the question was asked.
 * @param {HTMLElement} stage
 * @param {Pane[]} panes
 */
export function startClock(stage, panes) {
  const began = performance.now() - Number(stage.dataset.seconds) * 1000;
  const clocks = stage.querySelectorAll("[data-clock]");
  const waking = stage.querySelector("[data-waking]");
  const tick = () => {
    const seconds = Math.floor((performance.now() - began) / 1000);
    for (const place of clocks) place.textContent = clock(seconds);
    // A model that is loaded first says no more of itself than one that thinks for long.
    const waits = stage.dataset.state === "generating" && panes.some((pane) => pane.isEmpty);
    waking?.toggleAttribute("hidden", !waits || seconds < LONG_WAIT);
  };
  tick();
  setInterval(tick, 1000);
}
