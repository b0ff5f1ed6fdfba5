// The words of a question: counted near its limit, kept as a draft, sent by Enter.

import { word } from "./words.js";

const NEAR = 0.9;
// A phone's keyboard has no Shift+Enter, so its Enter has to stay a new line.
const BY_THUMB = matchMedia("(pointer: coarse)");

// The counting is that of inference_worker/wire/prompt_limits.py, to the last token: what the page
// lets through, the site takes.

/** @typedef {[tokens: number, rate: number]} Limit */

/**
 * The tokens that a text is counted as.
 * @param {string} text
 * @param {Limit} limit
 */
function takes(text, [, rate]) {
  const plain = text.match(/[A-Za-z ]/g)?.length ?? 0;
  return Math.ceil((plain * rate) / 1000) + new TextEncoder().encode(text).length - plain;
}

/**
 * @param {string} text
 * @param {Limit} limit
 */
function excessOf(text, limit) {
  const taken = takes(text, limit);
  const over = taken - limit[0];
  return over > 0 ? Math.ceil(([...text].length * over) / taken) : 0;
}

export class Prompt {
  /**
   * @param {HTMLFormElement} form
   * @param {number} most the most characters that the arena takes
   * @param {Limit[]} limits of the arena's models
   * @param {string} draft the key under which the words are kept while the tab is open
   */
  constructor(form, most, limits, draft) {
    this.draft = draft;
    this.most = most;
    this.limits = limits;
    this.area = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
    this.error = /** @type {HTMLElement} */ (form.querySelector("#prompt-error"));
    this.count = /** @type {HTMLElement} */ (form.querySelector(".question__count"));
    this.lent = "";
    this.area.value ||= sessionStorage.getItem(draft) ?? "";
    this.area.addEventListener("input", () => this.changed());
    this.area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || BY_THUMB.matches) return;
      event.preventDefault();
      form.requestSubmit();
    });
    this.changed();
  }

  get text() {
    // Every line end is one line feed at the site, and counted as such.
    return this.area.value.replace(/[\v\f\x85\u2028\u2029]/g, "\n").trim();
  }

  /** True while what stands there came from a sample, or nothing does. */
  get free() {
    return this.text === "" || this.text === this.lent;
  }

  /** @param {string} text */
  lend(text) {
    this.lent = text;
    this.fill(text);
  }

  /** @param {string} text */
  fill(text) {
    this.area.value = text;
    this.changed();
  }

  changed() {
    const left = this.most - [...this.text].length;
    const excess = this.excess;
    const share = Math.max(...this.limits.map((limit) => takes(this.text, limit) / Math.max(limit[0], 1)), 0);
    const full = excess > 0 ? word("conversation-full") : "";
    this.count.hidden = full !== "" || (left > this.most * (1 - NEAR) && share < NEAR);
    this.count.toggleAttribute("data-over", left < 0 || excess > 0);
    this.count.textContent = this.counted(left, excess, share);
    this.complain(full);
    sessionStorage.setItem(this.draft, this.area.value);
  }

  /** Characters of such a text that are too many for a model of the arena. */
  get excess() {
    return Math.max(...this.limits.map((limit) => excessOf(this.text, limit)), 0);
  }

  /**
   * @param {number} left
   * @param {number} excess
   * @param {number} share of what the strictest model takes
   * @returns {string}
   */
  counted(left, excess, share) {
    if (left < 0 && -left >= excess) return word("over", { count: -left });
    if (excess > 0) return word("over-for-models", { count: excess });
    const more = share > 0 ? Math.floor([...this.text].length * (1 / share - 1)) : left;
    return word("left", { count: Math.min(left, more) });
  }

  /** @returns {string} why it can't be sent, or nothing */
  objection() {
    if (!this.text) return word("no-prompt");
    const length = [...this.text].length;
    if (length > this.most) return word("prompt-too-long");
    const excess = this.excess;
    if (excess <= 0) return "";
    // A shorter one would not fit.
    return word("conversation-full") || word("too-long-for-models", { count: excess, most: length - excess });
  }

  /** @param {string} sentence */
  complain(sentence) {
    this.error.textContent = sentence;
    this.area.setAttribute("aria-invalid", String(sentence !== ""));
  }

  sent() {
    sessionStorage.removeItem(this.draft);
  }
}
