// One side's answer: finished blocks as the server's HTML, the open block as text.

import { announce } from "./announce.js";
import { showFor } from "./states.js";
import { word } from "./words.js";

const NEAR_END = 32;
const COPIED_FOR = 2000;
// The code of an answer that ended at the arena's limit.
const CUT = "length";

/** @type {Record<string, string>} */
const failures = JSON.parse(document.getElementById("failure-messages")?.textContent ?? "{}");

export class Pane {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.body = /** @type {HTMLElement} */ (root.querySelector(".pane__body"));
    this.answer = /** @type {HTMLElement} */ (root.querySelector(".answer"));
    this.open = /** @type {HTMLElement} */ (root.querySelector(".answer__open"));
    this.cut = /** @type {HTMLElement} */ (root.querySelector("[data-cut]"));
    this.failure = /** @type {HTMLElement} */ (root.querySelector(".pane__failure"));
    this.copyLabel = /** @type {HTMLElement} */ (root.querySelector("[data-copy-label]"));
    this.copyWords = this.copyLabel.textContent;
    root.querySelector("[data-copy]")?.addEventListener("click", () => this.copy());
  }

  /** @param {import("./stream.js").SideFrame} frame */
  apply(frame) {
    const following = this.atEnd();
    if (frame.reset) this.answer.replaceChildren();
    if (frame.reset || frame.html) this.open.textContent = "";
    if (frame.html) this.answer.insertAdjacentHTML("beforeend", frame.html);
    if (frame.more) this.open.append(frame.more);
    this.setState(frame.state, frame.code);
    if (following) this.body.scrollTop = this.body.scrollHeight;
  }

  /**
   * @param {string} state
   * @param {string} code
   */
  setState(state, code) {
    this.cut.hidden = state !== "ended" || code !== CUT;
    if (state === "failed") this.failure.textContent = failures[code] ?? failures.internal ?? "";
    if (this.root.dataset.state === state) return;
    this.root.dataset.state = state;
    showFor(this.root, state);
  }

  /** Only a reader who is at the end is taken along with the text. */
  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.body;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  async copy() {
    const done = await copyText(this.answer);
    this.copyLabel.textContent = word(done ? "copied" : "not-copied");
    announce(this.copyLabel.textContent);
    setTimeout(() => {
      this.copyLabel.textContent = this.copyWords;
    }, COPIED_FOR);
  }
}

/**
 * Copies what an element shows; the old way where a page without TLS has no clipboard.
 * @param {HTMLElement} element
 * @returns {Promise<boolean>}
 */
async function copyText(element) {
  try {
    await navigator.clipboard.writeText(element.innerText);
    return true;
  } catch {
    getSelection()?.selectAllChildren(element);
    const done = document.execCommand("copy");
    getSelection()?.removeAllRanges();
    return done;
  }
}
