// The places that an answer points at: drawn over the pictures, and listed beside them. Place, entry
// and phrase light together.

import { drawing } from "./drawing.js";

/** @typedef {import("./drawing.js").Place} Place */
/** @typedef {import("./drawing.js").Seen} Seen */

const LIT = "lit-phrase";

/** @type {Seen[]} the pictures of the newest question */
export const seen = JSON.parse(document.getElementById("in-sight")?.textContent ?? "[]");

export class Places {
  /**
   * @param {HTMLElement} root of one side
   * @param {HTMLElement[]} texts in which phrases light up
   * @param {Seen[]} pictures
   */
  constructor(root, texts, pictures = seen) {
    this.root = root;
    this.texts = texts;
    this.seen = pictures;
    this.pictures = /** @type {HTMLElement} */ (root.querySelector(".places__pictures"));
    this.list = /** @type {HTMLElement} */ (root.querySelector(".places__list"));
    /** @type {Place[]} */
    this.shown = [];
    this.lit = "";
    this.follow(this.pictures, (event) => this.around(event));
    for (const text of texts) this.follow(text, (event) => this.named(event));
  }

  /** @param {Place[]} places */
  show(places) {
    const drawn = places.filter(({ kind, picture = 0 }) => kind !== "unread" && this.seen[picture]);
    const [focused = -1] = this.focused();
    this.shown = drawn;
    this.lit = "";
    this.root.hidden = drawn.length === 0;
    this.list.replaceChildren(...drawn.map((place, index) => this.entry(place, index)));
    const used = [...new Set(drawn.map(({ picture = 0 }) => picture))].sort((a, b) => a - b);
    this.pictures.replaceChildren(...used.map((picture) => this.picture(picture, drawn)));
    const item = this.list.children[focused];
    if (item instanceof HTMLElement) item.focus();
  }

  /**
   * @param {number} number of the picture
   * @param {Place[]} places
   */
  picture(number, places) {
    const size = /** @type {Seen} */ (this.seen[number]);
    const holder = document.createElement("div");
    const image = document.createElement("img");
    Object.assign(image, { src: size.url, alt: "", width: size.width, height: size.height });
    holder.className = "places__picture";
    holder.append(image, drawing(size, places, "", number));
    return holder;
  }

  /**
   * @param {Place} place
   * @param {number} index
   */
  entry(place, index) {
    const item = document.createElement("li");
    item.tabIndex = 0;
    item.textContent = words(place, index);
    item.dataset.place = String(index);
    for (const event of ["pointerenter", "focus"]) item.addEventListener(event, () => this.light([index]));
    for (const event of ["pointerleave", "blur"]) item.addEventListener(event, () => this.light([]));
    return item;
  }

  /**
   * @param {HTMLElement} element
   * @param {(event: PointerEvent) => number[]} pointed the places that the pointer is on
   */
  follow(element, pointed) {
    for (const event of /** @type {const} */ (["pointermove", "pointerdown"])) {
      element.addEventListener(event, (moved) => this.light(pointed(moved)), { passive: true });
    }
    element.addEventListener("pointerleave", () => this.light([]));
  }

  /**
   * The smallest of the places that lie over one another.
   * @param {PointerEvent} event
   */
  around({ clientX, clientY }) {
    const groups = document.elementsFromPoint(clientX, clientY).flatMap((one) => one.closest("[data-place]") ?? []);
    const area = (/** @type {Element} */ one) => one.getBoundingClientRect().width * one.getBoundingClientRect().height;
    const [smallest] = groups.sort((one, other) => area(one) - area(other));
    return smallest ? [Number(smallest.getAttribute("data-place"))] : [];
  }

  /**
   * The places whose phrase is under the pointer; several can have the same one.
   * @param {PointerEvent} event
   */
  named({ target, clientX, clientY }) {
    const near = (target instanceof Node && target.textContent) || "";
    return this.shown.flatMap((place, index) => {
      const range = near.includes(words(place, index)) && phrase(this.texts, words(place, index));
      return range && [...range.getClientRects()].some((one) => holds(one, clientX, clientY)) ? [index] : [];
    });
  }

  /** The place whose entry has the focus. */
  focused() {
    const at = [...this.list.children].findIndex((item) => item === document.activeElement);
    return at < 0 ? [] : [at];
  }

  /**
   * Place, entry and phrase light together.
   * @param {number[]} pointed none for those of the keyboard
   */
  light(pointed) {
    const lit = pointed.length ? pointed : this.focused();
    if (this.lit === lit.join()) return;
    this.lit = lit.join();
    for (const one of this.root.querySelectorAll("[data-place]")) {
      one.toggleAttribute("data-lit", lit.includes(Number(one.getAttribute("data-place"))));
    }
    if (!("highlights" in CSS)) return;
    const ranges = lit.flatMap((index) => phrase(this.texts, words(this.shown[index], index)) ?? []);
    CSS.highlights.set(LIT, new Highlight(...ranges));
  }
}

/**
 * Draws what the answer to an earlier question points at.
 * @param {Element} said
 */
export function showEarlier(said) {
  const [root, answer] = /** @type {HTMLElement[]} */ ([said.querySelector(".places"), said.querySelector(".answer")]);
  if (root && answer) new Places(root, [answer], given(said, ".places__seen")).show(given(said, ".places__data"));
}

/**
 * @param {Element} root
 * @param {string} name of a template that holds JSON
 */
export function given(root, name) {
  const template = /** @type {HTMLTemplateElement | null} */ (root.querySelector(name));
  return JSON.parse(template?.content.textContent || "[]");
}

/**
 * @param {Place | undefined} place
 * @param {number} index
 */
function words(place, index) {
  return place?.label || `(${index + 1})`;
}

/**
 * @param {DOMRect} area
 * @param {number} x
 * @param {number} y
 */
function holds({ left, right, top, bottom }, x, y) {
  return left <= x && x <= right && top <= y && y <= bottom;
}

/**
 * @param {HTMLElement[]} roots
 * @param {string} said
 * @returns {Range | null} where the words stand first
 */
function phrase(roots, said) {
  for (const root of roots) {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const start = node.textContent?.indexOf(said) ?? -1;
      if (start < 0) continue;
      const range = new Range();
      range.setStart(node, start);
      range.setEnd(node, start + said.length);
      return range;
    }
  }
  return null;
}
