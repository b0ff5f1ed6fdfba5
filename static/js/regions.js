// The form in which regions of a picture are blurred by hand: its rows of number fields, which move
// the boxes over the picture, and what undoes a step. Without this script its buttons do it all.

import { RegionBoxes, fields, part, write } from "./region_boxes.js";

export class Regions {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.list = part(form, "[data-list]");
    this.row = /** @type {HTMLTemplateElement} */ (form.querySelector("[data-row]"));
    this.undo = /** @type {HTMLButtonElement} */ (part(form, "[data-undo]"));
    this.add = /** @type {HTMLButtonElement} */ (part(form, "[value=add]"));
    /** @type {string[]} */
    this.past = [];
    this.now = this.snapshot();
    this.boxes = new RegionBoxes(part(form, "[data-stage]"), this);
    for (const event of ["focusin", "focusout"]) form.addEventListener(event, () => this.boxes.light());
    this.list.addEventListener("input", () => this.draw());
    this.list.addEventListener("change", () => this.keep());
    this.list.addEventListener("click", (event) => this.remove(event));
    this.undo.addEventListener("click", () => this.back());
    this.add.addEventListener("click", (event) => {
      event.preventDefault();
      this.append([40, 40, 20, 20]).querySelector("input")?.focus();
      this.keep();
    });
    this.boxes.picture.decode().catch(() => undefined).finally(() => this.draw());
  }

  rows() {
    return [...this.list.children];
  }

  snapshot() {
    return JSON.stringify(this.rows().map((row) => fields(row).map((field) => field.value)));
  }

  /** Remembers what was before the change that has just been made. */
  keep() {
    const now = this.snapshot();
    if (now !== this.now) this.past.push(this.now);
    this.now = now;
    this.undo.disabled = this.past.length === 0;
    this.draw();
  }

  back() {
    this.now = this.past.pop() ?? this.now;
    this.restore();
    this.undo.disabled = this.past.length === 0;
    if (this.undo.disabled) this.add.focus();
  }

  /** Fills the rows with what was there after the last change. */
  restore() {
    const kept = /** @type {string[][]} */ (JSON.parse(this.now));
    for (const row of this.rows().slice(kept.length)) row.remove();
    for (const [at, values] of kept.entries()) {
      fields(this.rows()[at] ?? this.append([0, 0, 0, 0])).forEach((field, place) => Object.assign(field, { value: values[place] }));
    }
    this.draw();
  }

  /** @param {import("./region_boxes.js").Box} box */
  append(box) {
    const row = /** @type {Element} */ (/** @type {Element} */ (this.row.content.firstElementChild).cloneNode(true));
    this.list.append(row);
    write(row, box);
    this.draw();
    return row;
  }

  /** @param {Event} event */
  remove(event) {
    const button = event.target instanceof Element && event.target.closest("[name=remove]");
    if (!button) return;
    event.preventDefault();
    this.discard(/** @type {Element} */ (button.closest("li")))?.querySelector("input")?.focus();
  }

  /**
   * Takes a row away and returns its neighbour; without one the focus goes to the way to a new one.
   * @param {Element} row
   */
  discard(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    if (!next) this.add.focus();
    this.keep();
    return next;
  }

  /** Draws the boxes anew, and numbers the rows. */
  draw() {
    this.rows().forEach((row, at) => {
      for (const number of row.querySelectorAll("[data-number]")) number.textContent = String(at + 1);
    });
    this.boxes.draw(this.rows());
  }
}

for (const form of document.querySelectorAll("form[data-regions]")) new Regions(/** @type {HTMLFormElement} */ (form));
