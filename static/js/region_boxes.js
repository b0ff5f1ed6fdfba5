// The boxes over a picture of which regions are blurred by hand. The mouse, a finger and the arrow
// keys move them by their number and pull them by their lower corner; each is filled with what the
// server will make of it. Where they lie stands in the fields of the rows.

/** @typedef {[number, number, number, number]} Box left, top, width and height in percent */
/** @typedef {import("./regions.js").Regions} Regions */
/** @typedef {{id: number, row: Element, from: Box, x: number, y: number, pulls: boolean, isNew: boolean}} Drag */

const BLOCKS = 5; // a side, as the server blurs
const LEAST = 1; // percent of a side: less was a slip of the hand
const [STEP, LARGE_STEP] = [1, 10]; // percent of a side at each press of an arrow key, and with Shift
const NAMES = ["left", "top", "width", "height"];
const WAYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});
const PERCENT = new Intl.NumberFormat(document.documentElement.lang || undefined, { style: "percent", maximumFractionDigits: 1 });

export class RegionBoxes {
  /**
   * @param {HTMLElement} stage
   * @param {Regions} form
   */
  constructor(stage, form) {
    this.stage = stage;
    this.form = form;
    this.picture = /** @type {HTMLImageElement} */ (part(stage, "img"));
    this.template = /** @type {HTMLTemplateElement} */ (part(stage, "template"));
    /** @type {Map<Element, HTMLElement>} */
    this.boxes = new Map();
    /** @type {null | Drag} */
    this.drag = null;
    stage.addEventListener("pointerdown", (event) => this.grab(event));
    stage.addEventListener("pointermove", (event) => this.pull(event));
    stage.addEventListener("pointerup", (event) => this.drop(event));
    stage.addEventListener("pointercancel", (event) => this.drop(event));
    stage.addEventListener("keydown", (event) => this.press(event));
    for (const event of ["keyup", "focusout"]) stage.addEventListener(event, () => this.drag ?? form.keep());
  }

  /**
   * Draws what the fields of these rows say.
   * @param {Element[]} rows
   */
  draw(rows) {
    rows.forEach((row, at) => this.show(this.boxes.get(row) ?? this.make(row), row, String(at + 1)));
    for (const [row, box] of this.boxes) {
      if (rows.includes(row)) continue;
      this.boxes.delete(row); // first, as a box that loses the focus has all drawn anew
      box.remove();
    }
    this.light();
  }

  /** @param {Element} row */
  make(row) {
    const box = /** @type {HTMLElement} */ (/** @type {Element} */ (this.template.content.firstElementChild).cloneNode(true));
    this.boxes.set(row, box);
    this.stage.append(box);
    return box;
  }

  /** @type {(box: HTMLElement, row: Element, number: string) => void} */
  show(box, row, number) {
    const [left, top, width, height] = read(row);
    Object.assign(box.style, { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
    for (const handle of handles(box)) {
      const own = fields(row).slice(...(isCorner(handle) ? [2, 4] : [0, 2]));
      const words = own.map((field) => `${field.labels?.[0]?.textContent?.trim()} ${PERCENT.format(Number(field.value) / 100)}`);
      handle.setAttribute("aria-label", `${handle.dataset.region} ${number}: ${handle.dataset.name}`);
      handle.setAttribute("aria-valuetext", words.join(", "));
      handle.setAttribute("aria-valuenow", String(Number(own[0]?.value)));
      if (!isCorner(handle)) handle.textContent = number;
    }
    this.fill(/** @type {HTMLCanvasElement} */ (part(box, "canvas")), [left, top, width, height]);
  }

  /**
   * Fills a box with what the server will make of it, near enough.
   * @type {(canvas: HTMLCanvasElement, box: Box) => void}
   */
  fill(canvas, [left, top, width, height]) {
    Object.assign(canvas, { width: BLOCKS, height: BLOCKS });
    const { naturalWidth: wide, naturalHeight: high } = this.picture;
    const pen = canvas.getContext("2d");
    if (!pen || !wide || width <= 0 || height <= 0) return;
    pen.imageSmoothingQuality = "high";
    const from = [left * wide, top * high, width * wide, height * high].map((one) => one / 100);
    pen.drawImage(this.picture, .../** @type {Box} */ (from), 0, 0, BLOCKS, BLOCKS);
  }

  /** Lights the box and the row that have the focus. */
  light() {
    for (const [row, box] of this.boxes) {
      for (const one of [row, box]) one.toggleAttribute("data-lit", [row, box].some((both) => both.contains(document.activeElement)));
    }
  }

  /** @type {(row: Element, pulls?: boolean) => void} */
  focus(row, pulls = false) {
    handles(this.boxes.get(row)).find((handle) => isCorner(handle) === pulls)?.focus({ preventScroll: true });
  }

  /** @param {EventTarget | null} target */
  rowOf(target) {
    return [...this.boxes].find(([, box]) => target instanceof Node && box.contains(target))?.[0];
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { key, target } = event;
    const row = this.rowOf(target);
    if (key === "Escape") this.drop();
    if (!row || this.drag || event.ctrlKey || event.altKey || event.metaKey) return;
    const way = WAYS[key]?.map((one) => one * (event.shiftKey ? LARGE_STEP : STEP));
    if (key !== "Delete" && key !== "Backspace" && !way) return;
    event.preventDefault();
    if (!way) this.focus(this.form.discard(row) ?? row);
    else write(row, moved(read(row), /** @type {[number, number]} */ (way), isCorner(/** @type {Element} */ (target))));
    this.form.draw();
  }

  /** @param {PointerEvent} event */
  grab(event) {
    if (event.button !== 0 || this.drag) return;
    event.preventDefault();
    this.stage.setPointerCapture(event.pointerId);
    const [x, y] = this.place(event);
    const held = this.rowOf(event.target);
    const row = held ?? this.form.append([x, y, 0, 0]);
    const pulls = isCorner(/** @type {Element} */ (event.target));
    this.drag = { id: event.pointerId, row, from: read(row), x, y, pulls, isNew: !held };
    this.focus(row, pulls);
  }

  /** @param {PointerEvent} event */
  pull(event) {
    if (event.pointerId !== this.drag?.id) return;
    const { row, from, x, y, pulls, isNew } = this.drag;
    const [toX, toY] = this.place(event);
    if (isNew) write(row, [Math.min(x, toX), Math.min(y, toY), Math.abs(toX - x), Math.abs(toY - y)]);
    else write(row, moved(from, [toX - x, toY - y], pulls));
    this.form.draw();
  }

  /**
   * Ends a drag; without the pointer's own end nothing of it stays.
   * @param {PointerEvent} [event]
   */
  drop(event) {
    if (!this.drag || (event && event.pointerId !== this.drag.id)) return;
    const { row, isNew } = this.drag;
    this.drag = null;
    const [, , width, height] = read(row);
    if (event?.type !== "pointerup" || (isNew && (width < LEAST || height < LEAST))) this.form.restore();
    else this.form.keep();
  }

  /**
   * Where a pointer is on the picture, in percent.
   * @type {(event: PointerEvent) => [number, number]}
   */
  place({ clientX, clientY }) {
    const { left, top, width, height } = this.picture.getBoundingClientRect();
    return [within((100 * (clientX - left)) / width, 100), within((100 * (clientY - top)) / height, 100)];
  }
}

/**
 * A box that was moved, or pulled by its corner, inside the picture.
 * @type {(box: Box, way: [number, number], pulls: boolean) => Box}
 */
function moved([left, top, width, height], [right, down], pulls) {
  if (!pulls) return [within(left + right, 100 - width), within(top + down, 100 - height), width, height];
  return [left, top, Math.max(LEAST, within(width + right, 100 - left)), Math.max(LEAST, within(height + down, 100 - top))];
}

/** @type {(one: number, most: number) => number} */
const within = (one, most) => Math.min(Math.max(one, 0), Math.max(most, 0));

/** @type {(handle: Element) => boolean} */
const isCorner = (handle) => handle.matches(".regions__corner");

/** @type {(box?: HTMLElement) => HTMLElement[]} */
const handles = (box) => /** @type {HTMLElement[]} */ ([...(box?.querySelectorAll("[role=slider]") ?? [])]);

/** @type {(root: Element, selector: string) => HTMLElement} */
export const part = (root, selector) => /** @type {HTMLElement} */ (root.querySelector(selector));

/** @type {(row: Element) => HTMLInputElement[]} */
export const fields = (row) => NAMES.map((name) => /** @type {HTMLInputElement} */ (part(row, `[name=${name}]`)));

/** @type {(row: Element) => Box} */
const read = (row) => /** @type {Box} */ (fields(row).map((field) => Number(field.value) || 0));

/** @type {(row: Element, box: Box) => void} */
export const write = (row, box) => fields(row).forEach((field, at) => Object.assign(field, { value: String(Math.round((box[at] ?? 0) * 10) / 10) }));
