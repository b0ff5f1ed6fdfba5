// Regions of a picture that are blurred by hand: boxes over the picture, which the mouse, a finger
// and the number fields beside it move. Without this script the fields and the buttons do it all.

/** @typedef {[number, number, number, number]} Box left, top, width and height in percent */

const BLOCKS = 5; // a side, as the server blurs
const LEAST = 1; // percent of a side: less was a slip of the hand
const GRIP = 18; // pixels of the lower corner by which a box is pulled
const NAMES = ["left", "top", "width", "height"];

class Regions {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.stage = part(form, "[data-stage]");
    this.list = part(form, "[data-list]");
    this.picture = /** @type {HTMLImageElement} */ (part(form, "[data-stage] img"));
    this.row = /** @type {HTMLTemplateElement} */ (form.querySelector("[data-row]"));
    this.undo = /** @type {HTMLButtonElement} */ (part(form, "[data-undo]"));
    this.add = /** @type {HTMLButtonElement} */ (part(form, "[value=add]"));
    /** @type {string[]} */
    this.past = [];
    this.now = this.snapshot();
    /** @type {null | {row: Element, from: Box, x: number, y: number, resizes: boolean, isNew: boolean}} */
    this.drag = null;
    this.listen();
    this.picture.decode().catch(() => undefined).finally(() => this.draw());
  }

  listen() {
    this.list.addEventListener("input", () => this.draw());
    this.list.addEventListener("change", () => this.keep());
    for (const event of ["focusin", "focusout"]) this.list.addEventListener(event, () => this.light());
    this.list.addEventListener("click", (event) => this.remove(event));
    this.undo.addEventListener("click", () => this.back());
    this.add.addEventListener("click", (event) => {
      event.preventDefault();
      this.append([40, 40, 20, 20]).querySelector("input")?.focus();
      this.keep();
    });
    this.stage.addEventListener("pointerdown", (event) => this.grab(event));
    this.stage.addEventListener("pointermove", (event) => this.pull(event));
    this.stage.addEventListener("pointerup", () => this.drop());
    this.stage.addEventListener("pointercancel", () => this.drop(true));
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
    this.restore(this.now);
    this.undo.disabled = this.past.length === 0;
    if (this.undo.disabled) this.add.focus();
  }

  /** @param {string} kept a snapshot */
  restore(kept) {
    this.list.replaceChildren();
    for (const values of JSON.parse(kept)) {
      fields(this.append([0, 0, 0, 0])).forEach((field, at) => Object.assign(field, { value: values[at] }));
    }
    this.draw();
  }

  /** @param {Box} box */
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
    const row = /** @type {Element} */ (button.closest("li"));
    const next = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("input");
    row.remove();
    (next ?? this.add).focus();
    this.keep();
  }

  /** Draws the boxes anew, and numbers the rows. */
  draw() {
    for (const box of this.stage.querySelectorAll(".regions__box")) box.remove();
    this.rows().forEach((row, at) => {
      for (const number of row.querySelectorAll("[data-number]")) number.textContent = String(at + 1);
      const box = document.createElement("div");
      const [left, top, width, height] = read(row);
      box.className = "regions__box";
      box.dataset.number = String(at + 1);
      Object.assign(box.style, { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
      box.append(this.blocks(read(row)));
      this.stage.append(box);
    });
    this.light();
  }

  /**
   * What the server will make of a box, near enough.
   * @param {Box} box
   */
  blocks([left, top, width, height]) {
    const canvas = Object.assign(document.createElement("canvas"), { width: BLOCKS, height: BLOCKS });
    const { naturalWidth: wide, naturalHeight: high } = this.picture;
    const pen = canvas.getContext("2d");
    if (!pen || !wide || width <= 0 || height <= 0) return canvas;
    pen.imageSmoothingQuality = "high";
    const from = [left * wide, top * high, width * wide, height * high].map((one) => one / 100);
    pen.drawImage(this.picture, .../** @type {Box} */ (from), 0, 0, BLOCKS, BLOCKS);
    return canvas;
  }

  /** Lights the box whose fields have the focus. */
  light() {
    const at = this.rows().findIndex((row) => row.contains(document.activeElement));
    this.stage.querySelectorAll(".regions__box").forEach((box, place) => box.toggleAttribute("data-lit", place === at));
  }

  /** @param {PointerEvent} event */
  grab(event) {
    if (event.button !== 0 || this.drag) return;
    event.preventDefault();
    this.stage.setPointerCapture(event.pointerId);
    const [x, y] = this.place(event);
    const box = event.target instanceof Element ? event.target.closest(".regions__box") : null;
    const held = box ? this.rows()[Number(/** @type {HTMLElement} */ (box).dataset.number) - 1] : undefined;
    const row = held ?? this.append([x, y, 0, 0]);
    const edge = box?.getBoundingClientRect();
    const corner = edge && event.clientX > edge.right - GRIP && event.clientY > edge.bottom - GRIP;
    this.drag = { row, from: read(row), x, y, resizes: !held || corner === true, isNew: !held };
  }

  /** @param {PointerEvent} event */
  pull(event) {
    if (!this.drag) return;
    const { row, from, x, y, resizes, isNew } = this.drag;
    const [toX, toY] = this.place(event);
    const [left, top, width, height] = from;
    if (isNew) write(row, [Math.min(x, toX), Math.min(y, toY), Math.abs(toX - x), Math.abs(toY - y)]);
    else if (resizes) write(row, [left, top, Math.max(LEAST, width + toX - x), Math.max(LEAST, height + toY - y)]);
    else write(row, [within(left + toX - x, 100 - width), within(top + toY - y, 100 - height), width, height]);
    this.draw();
  }

  drop(isCancelled = false) {
    if (!this.drag) return;
    const { row, isNew } = this.drag;
    this.drag = null;
    const [, , width, height] = read(row);
    if (isNew && (width < LEAST || height < LEAST)) row.remove();
    if (isCancelled) this.restore(this.now);
    else this.keep();
  }

  /**
   * Where a pointer is on the picture, in percent.
   * @param {PointerEvent} event
   * @returns {[number, number]}
   */
  place({ clientX, clientY }) {
    const { left, top, width, height } = this.picture.getBoundingClientRect();
    return [within((100 * (clientX - left)) / width, 100), within((100 * (clientY - top)) / height, 100)];
  }
}

/** @type {(one: number, most: number) => number} */
const within = (one, most) => Math.min(Math.max(one, 0), Math.max(most, 0));

/** @type {(root: Element, selector: string) => HTMLElement} */
const part = (root, selector) => /** @type {HTMLElement} */ (root.querySelector(selector));

/** @type {(row: Element) => HTMLInputElement[]} */
const fields = (row) => NAMES.map((name) => /** @type {HTMLInputElement} */ (part(row, `[name=${name}]`)));

/** @type {(row: Element) => Box} */
const read = (row) => /** @type {Box} */ (fields(row).map((field) => Number(field.value) || 0));

/** @type {(row: Element, box: Box) => void} */
const write = (row, box) => fields(row).forEach((field, at) => Object.assign(field, { value: String(Math.round((box[at] ?? 0) * 10) / 10) }));

for (const form of document.querySelectorAll("form[data-regions]")) new Regions(/** @type {HTMLFormElement} */ (form));
