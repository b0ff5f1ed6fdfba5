// The vote: once, by click or key, only when both answers have ended well.

import { announce } from "./announce.js";
import { post, read } from "./request.js";
import { word } from "./words.js";

export class Votes {
  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement} place where the names go
   * @param {() => void} voted told once the names are on the page
   * @param {(message: string) => void} refused
   */
  constructor(form, place, voted, refused) {
    this.form = form;
    this.place = place;
    this.voted = voted;
    this.refused = refused;
    this.sending = false;
    this.buttons = /** @type {HTMLButtonElement[]} */ ([...form.querySelectorAll("[name=choice]")]);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.cast(/** @type {HTMLButtonElement} */ (event.submitter));
    });
  }

  /** @param {boolean} open */
  setOpen(open) {
    for (const button of this.buttons) {
      if (open) button.removeAttribute("aria-disabled");
      else button.setAttribute("aria-disabled", "true");
    }
  }

  /** @param {HTMLButtonElement} button */
  async cast(button) {
    if (this.sending) return;
    if (button.getAttribute("aria-disabled")) return announce(word("too-early"));
    this.mark(button);
    this.refused("");
    try {
      this.reveal(await post(this.form.action, { choice: button.value }));
    } catch (error) {
      this.mark(null);
      this.refused(/** @type {Error} */ (error).message);
    }
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
