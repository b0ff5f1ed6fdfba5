// The vote: once, by click or key, only when both answers have ended well. Then what follows the
// names: facts that are fetched behind them, one tap for a reason, the way back.

import { post, read } from "./request.js";
import { announce, word } from "./words.js";

const NUDGED_FOR = 1500;
const UNDO_KEY_FOR = 30_000;
// Where the focus goes after what was done; else to the way on.
const AFTER = /** @type {Record<string, string>} */ ({ shared: ".share a", unshared: ".share summary" });

export class Votes {
  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement} place where the names go
   * @param {() => void} voted told once the names are on the page
   * @param {(message: string) => void} refused
   * @param {() => void} completed told once the facts have taken their room
   */
  constructor(form, place, voted, refused, completed) {
    this.form = form;
    this.place = place;
    this.voted = voted;
    this.refused = refused;
    this.completed = completed;
    this.sending = false;
    this.reason = "too-early";
    this.buttons = /** @type {HTMLButtonElement[]} */ ([...form.querySelectorAll("[name=choice]")]);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.cast(/** @type {HTMLButtonElement} */ (event.submitter));
    });
  }

  /**
   * @param {boolean} open
   * @param {string} [reason] the name of the sentence that says why not
   */
  setOpen(open, reason = "too-early") {
    this.reason = reason;
    for (const button of this.buttons) {
      if (open) button.removeAttribute("aria-disabled");
      else button.setAttribute("aria-disabled", "true");
    }
  }

  /** @param {HTMLButtonElement} button */
  async cast(button) {
    if (this.sending) return;
    if (button.getAttribute("aria-disabled")) return this.tooEarly();
    this.mark(button);
    this.refused("");
    try {
      this.reveal(await post(this.form.action, { choice: button.value }));
    } catch (error) {
      this.mark(null);
      this.refused(/** @type {Error} */ (error).message);
    }
  }

  /** Says, and shows beside the buttons, that the vote is not open yet. */
  tooEarly() {
    announce(word(this.reason));
    const status = document.getElementById("dock-status");
    status?.setAttribute("data-nudged", "");
    setTimeout(() => status?.removeAttribute("data-nudged"), NUDGED_FOR);
  }

  /**
   * The vote was cast in another window: its names come from where they stand.
   * @param {string} url
   */
  async castElsewhere(url) {
    this.sending = true;
    this.setOpen(false);
    this.reveal(await read(url));
  }

  /** @param {HTMLButtonElement | null} pressed */
  mark(pressed) {
    this.sending = pressed !== null;
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(button === pressed));
    }
  }

  /** @param {string} fragment */
  reveal(fragment) {
    this.place.innerHTML = fragment;
    this.voted();
    const [a = "", b = ""] = [...this.place.querySelectorAll(".plate__name a")].map((link) => link.textContent ?? "");
    const uncounted = this.place.querySelector(".reveal__uncounted")?.textContent ?? "";
    announce(`${word("stored", { a, b })} ${uncounted}`.trim());
    focusInPlace(/** @type {HTMLElement} */ (this.place.querySelector("[data-next]")));
    completeReveal(this.place).then(this.completed);
  }
}

/**
 * Focus; the page moves only if the element is out of sight.
 * @param {HTMLElement} element
 */
function focusInPlace(element) {
  element.focus({ preventScroll: true });
  if (element.getBoundingClientRect().bottom > innerHeight) element.scrollIntoView({ block: "end" });
}

/**
 * @param {HTMLElement} place where the names are
 * @param {(message: string) => void} complain
 */
export function listenToReveal(place, complain) {
  armUndo(place);
  // What opens at the edge of a phone would lie behind the way on, which sticks.
  place.addEventListener("toggle", showOpened, true);
  place.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const button = /** @type {HTMLButtonElement} */ (event.submitter);
    const tap = form.dataset.taps !== undefined;
    if (!tap && form.dataset.fate === undefined) return;
    event.preventDefault();
    complain("");
    (tap ? say(form, button) : decide(place, form)).catch((error) => complain(error.message));
  });
}

/** @param {Event} event of what somebody has opened */
function showOpened({ target }) {
  const opened = /** @type {Element} */ (target);
  if (opened.contains(document.activeElement)) opened.scrollIntoView({ block: "nearest" });
}

/**
 * Fetches the facts into a fragment that has the names alone.
 * @param {HTMLElement} place
 */
async function completeReveal(place) {
  const facts = /** @type {HTMLElement | null} */ (place.querySelector("[data-facts]"));
  if (!facts) return;
  // Without them the names still stand.
  facts.innerHTML = await read(facts.dataset.facts ?? "").catch(() => "");
  armUndo(place);
}

/** The key takes back a slip; later the button is still there. */
function armUndo(/** @type {HTMLElement} */ place) {
  const undo = place.querySelector("[data-undo]");
  setTimeout(() => {
    undo?.removeAttribute("data-key");
    undo?.removeAttribute("aria-keyshortcuts");
    undo?.querySelector("kbd")?.remove();
  }, UNDO_KEY_FOR);
}

/**
 * A tap says something of one answer; a second one takes it back.
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} button
 */
async function say(form, button) {
  const side = /** @type {HTMLInputElement} */ (form.elements.namedItem("side")).value;
  const pressed = button.getAttribute("aria-pressed") !== "true";
  await post(form.action, { side, [button.name]: (pressed ? button.dataset.on : button.dataset.off) ?? "" });
  const others = form.dataset.taps === "one" ? form.querySelectorAll("[aria-pressed]") : [];
  for (const other of others) mark(/** @type {HTMLButtonElement} */ (other), false);
  mark(button, pressed);
}

/**
 * @param {HTMLButtonElement} button
 * @param {boolean} pressed
 */
function mark(button, pressed) {
  button.setAttribute("aria-pressed", String(pressed));
  button.value = (pressed ? button.dataset.off : button.dataset.on) ?? "";
}

/**
 * Takes the vote back or lets it count after all, makes a public page or deletes it.
 * @param {HTMLElement} place
 * @param {HTMLFormElement} form
 */
async function decide(place, form) {
  await post(form.action);
  await completeReveal(place);
  announce(word(form.dataset.fate ?? ""));
  const after = AFTER[form.dataset.fate ?? ""] ?? "[data-next]";
  /** @type {HTMLElement | null} */ (place.querySelector(after))?.focus({ preventScroll: after === "[data-next]" });
}
