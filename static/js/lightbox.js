// A picture, large: down to its own pixels, with the places that the answers point at over it and
// the whole question of its turn below it.

import { drawing } from "./drawing.js";
import { seen } from "./places.js";
import { word } from "./words.js";
import { Zoom } from "./zoom.js";

/**
 * @typedef {import("./drawing.js").Place} Place
 * @typedef {{small: HTMLImageElement, question: string}} AskedPicture
 */

const ARROW = 60;
const ARROWS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-ARROW, 0],
  ArrowRight: [ARROW, 0],
  ArrowUp: [0, -ARROW],
  ArrowDown: [0, ARROW],
});
const SIDEWAYS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1 });
// By the character, else by the place on the keyboard: a digit needs a shift key on some of them.
const DEEDS = /** @type {Record<string, string>} */ ({
  "+": "in",
  "=": "in",
  "-": "out",
  NumpadAdd: "in",
  NumpadSubtract: "out",
  Digit0: "fit",
  Numpad0: "fit",
  Digit1: "own",
  Numpad1: "own",
  KeyI: "close",
});

export class Lightbox {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {() => Record<string, Place[]>} pointed the places of each side's answer
   */
  constructor(dialog, pointed) {
    this.dialog = dialog;
    this.pointed = pointed;
    this.image = /** @type {HTMLImageElement} */ (dialog.querySelector("img"));
    this.picture = /** @type {HTMLElement} */ (dialog.querySelector(".lightbox__picture"));
    this.view = /** @type {HTMLElement} */ (dialog.querySelector(".lightbox__view"));
    /** @type {AskedPicture[]} */
    this.pictures = [];
    this.at = 0;
    this.question = /** @type {HTMLElement} */ (dialog.querySelector("[data-question]"));
    const shown = /** @type {HTMLElement} */ (dialog.querySelector("[data-scale]"));
    this.zoom = new Zoom(this.view, this.picture, (scale) => {
      shown.textContent = word("scale", { percent: Math.round(scale * 100) });
    });
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (dialog.querySelectorAll("[data-zoom]"))) {
      button.addEventListener("click", () => this.act(button.dataset.zoom ?? ""));
    }
    this.turning = /** @type {HTMLElement} */ (dialog.querySelector("[data-turning]"));
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (dialog.querySelectorAll("[data-turn]"))) {
      button.addEventListener("click", () => this.turn(Number(button.dataset.turn)));
    }
    this.switches = /** @type {HTMLElement[]} */ ([...dialog.querySelectorAll("[data-points]")]);
    for (const button of this.switches) button.addEventListener("click", () => this.toggle(button));
    dialog.addEventListener("keydown", (event) => this.press(event));
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }

  /**
   * @param {AskedPicture[]} pictures of the battle, each with the question that was asked about it
   * @param {number} at the place of the one to begin with
   */
  open(pictures, at) {
    this.pictures = pictures;
    this.turning.hidden = pictures.length < 2;
    this.dialog.showModal();
    this.show(at);
  }

  /** @param {number} steps to the next picture, or back; after the last one comes the first */
  turn(steps) {
    const count = this.pictures.length;
    this.show((this.at + steps + count) % count);
  }

  /** @param {number} at */
  show(at) {
    const picture = this.pictures[at];
    if (!picture) return;
    this.at = at;
    const { small, question } = picture;
    const number = seen.findIndex(({ url }) => new URL(url, location.href).href === small.src);
    Object.assign(this.image, { src: small.src, alt: small.alt });
    this.question.textContent = question;
    const place = /** @type {HTMLElement} */ (this.turning.querySelector("output"));
    place.textContent = word("picture-of", { number: at + 1, count: this.pictures.length });
    this.point(number);
    this.zoom.begin(Number(small.getAttribute("width")), Number(small.getAttribute("height")));
  }

  /**
   * Draws what the answers point at.
   * @param {number} number of the picture among those of the newest question; -1 for an older one
   */
  point(number) {
    for (const old of this.picture.querySelectorAll("svg")) old.remove();
    const places = this.pointed();
    const size = seen[number];
    for (const button of this.switches) {
      const side = button.dataset.points ?? "";
      const all = places[side] ?? [];
      const names = all.flatMap((place, index) => ((place.picture ?? 0) === number ? [entry(place, index)] : []));
      const list = /** @type {HTMLElement} */ (this.dialog.querySelector(`[data-legend=${side}]`));
      button.hidden = list.hidden = names.length === 0;
      list.querySelector("ol")?.replaceChildren(...names);
      if (!size || !names.length) continue;
      const svg = drawing(size, all, side.toUpperCase(), number);
      svg.setAttribute("data-side", side);
      this.picture.append(svg);
      this.mark(button, true);
    }
  }

  /** @param {HTMLElement} button */
  toggle(button) {
    this.mark(button, button.getAttribute("aria-pressed") !== "true");
  }

  /**
   * @param {HTMLElement} button
   * @param {boolean} on
   */
  mark(button, on) {
    button.setAttribute("aria-pressed", String(on));
    this.picture.querySelector(`svg[data-side=${button.dataset.points}]`)?.toggleAttribute("data-off", !on);
  }

  /** @param {string} deed */
  act(deed) {
    if (deed === "close") this.dialog.close();
    else if (deed === "fit") this.zoom.fit();
    else if (deed === "own") this.zoom.set(1);
    else this.zoom.step(deed === "in" ? 1 : -1);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = ARROWS[event.key];
    const deed = DEEDS[event.key] ?? DEEDS[event.code];
    const off = document.body.classList.contains("keys-off");
    const aside = SIDEWAYS[event.key];
    // A picture that is seen whole has nothing to be moved to: the key leads to another picture.
    if (aside && !event.shiftKey && this.zoom.isFitted && this.pictures.length > 1) {
      this.turn(document.dir === "rtl" ? -aside : aside);
    } else if (move && !event.shiftKey) this.view.scrollBy(...move);
    else if (deed && !off) this.act(deed);
    else return;
    event.preventDefault();
  }
}

/**
 * @param {Place} place
 * @param {number} index
 */
function entry({ label }, index) {
  const item = document.createElement("li");
  Object.assign(item, { value: index + 1, textContent: label || `(${index + 1})` });
  return item;
}
