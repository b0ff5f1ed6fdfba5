// The question of a new battle: counted near its limit, kept as a draft, sent by Enter.

import { word } from "./words.js";

const DRAFT = "arena.draft";
const NEAR = 0.9;
// A phone's keyboard has no Shift+Enter, so its Enter has to stay a new line.
const BY_THUMB = matchMedia("(pointer: coarse)");

export class Prompt {
  /**
   * @param {HTMLFormElement} form
   * @param {number} most the most characters that the arena takes
   */
  constructor(form, most) {
    this.most = most;
    this.area = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
    this.error = /** @type {HTMLElement} */ (form.querySelector("#prompt-error"));
    this.count = /** @type {HTMLElement} */ (form.querySelector(".question__count"));
    this.lent = "";
    this.area.value ||= sessionStorage.getItem(DRAFT) ?? "";
    this.area.addEventListener("input", () => this.changed());
    this.area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || BY_THUMB.matches) return;
      event.preventDefault();
      form.requestSubmit();
    });
    this.changed();
  }

  get text() {
    return this.area.value.trim();
  }

  /** True while what stands there came from a sample, or nothing does. */
  get free() {
    return this.text === "" || this.text === this.lent;
  }

  /** @param {string} text */
  lend(text) {
    this.lent = this.area.value = text;
    this.changed();
  }

  changed() {
    const left = this.most - [...this.text].length;
    this.count.hidden = left > this.most * (1 - NEAR);
    this.count.toggleAttribute("data-over", left < 0);
    this.count.textContent = left < 0 ? word("over", { count: -left }) : word("left", { count: left });
    this.complain("");
    sessionStorage.setItem(DRAFT, this.area.value);
  }

  /** @returns {string} why it can't be sent, or nothing */
  objection() {
    if (!this.text) return word("no-prompt");
    return [...this.text].length > this.most ? word("prompt-too-long") : "";
  }

  /** @param {string} sentence */
  complain(sentence) {
    this.error.textContent = sentence;
    this.area.setAttribute("aria-invalid", String(sentence !== ""));
  }

  sent() {
    sessionStorage.removeItem(DRAFT);
  }
}
