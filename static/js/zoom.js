// The size at which a picture stands in a view that scrolls: by wheel, by two fingers, by buttons.
// What is under the pointer stays under it.

const STEP = 1.25;
const LARGEST = 16;
// No side grows longer than this, or a browser runs out of memory for it.
const LONGEST_SIDE = 24_000;
const OVER_FIT = 4;
const WHEEL_RATE = 0.002;
const LINE = 16;
// From so many screen pixels on, each pixel of the picture is shown as a square.
const SQUARES = 3;

export class Zoom {
  /**
   * @param {HTMLElement} view scrolls
   * @param {HTMLElement} picture inside the view; gets the size
   * @param {(scale: number) => void} changed told each new size, 1 for the picture's own pixels
   */
  constructor(view, picture, changed) {
    this.view = view;
    this.picture = picture;
    this.changed = changed;
    this.width = 1;
    this.height = 1;
    this.scale = 1;
    this.isFitted = true;
    /** @type {Map<number, PointerEvent>} */
    this.pointers = new Map();
    view.addEventListener("wheel", (event) => this.turn(event), { passive: false });
    view.addEventListener("dblclick", (event) => (this.isFitted ? this.set(1, event) : this.fit()));
    view.addEventListener("pointerdown", (event) => this.touch(event));
    view.addEventListener("pointermove", (event) => this.move(event));
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      view.addEventListener(end, (event) => this.pointers.delete(event.pointerId));
    }
    new ResizeObserver(() => this.isFitted && this.fit()).observe(view);
  }

  /**
   * @param {number} width of the picture in its own pixels
   * @param {number} height
   */
  begin(width, height) {
    this.width = width;
    this.height = height;
    this.pointers.clear();
    this.fit();
  }

  /** The whole picture, as large as it can be seen at once. */
  get fitting() {
    const { clientWidth, clientHeight } = this.view;
    return Math.min(clientWidth / this.width, clientHeight / this.height, OVER_FIT);
  }

  fit() {
    if (!this.view.clientWidth) return;
    this.set(this.fitting);
    this.isFitted = true;
  }

  /** @param {1 | -1} direction */
  step(direction) {
    this.set(this.scale * STEP ** direction);
  }

  /**
   * @param {number} wanted
   * @param {{clientX: number, clientY: number}} [at] what stays in its place; else the middle
   */
  set(wanted, at) {
    const largest = Math.max(1, Math.min(LARGEST, LONGEST_SIDE / Math.max(this.width, this.height)));
    const scale = Math.min(largest, Math.max(Math.min(1, this.fitting), wanted));
    const middle = this.view.getBoundingClientRect();
    const x = at?.clientX ?? middle.left + middle.width / 2;
    const y = at?.clientY ?? middle.top + middle.height / 2;
    const before = this.picture.getBoundingClientRect();
    this.picture.style.width = `${this.width * scale}px`;
    this.picture.style.height = `${this.height * scale}px`;
    this.picture.toggleAttribute("data-squares", scale >= SQUARES);
    const after = this.picture.getBoundingClientRect();
    const [left, top] = [(x - before.left) / before.width || 0, (y - before.top) / before.height || 0];
    this.view.scrollBy(after.left + left * after.width - x, after.top + top * after.height - y);
    this.isFitted = false;
    this.scale = scale;
    this.changed(scale);
  }

  /** @param {WheelEvent} event */
  turn(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE);
    this.set(this.scale * Math.exp(-pixels * WHEEL_RATE), event);
  }

  /** @param {PointerEvent} event */
  touch(event) {
    // A mouse beside the picture may be on a scroll bar.
    if (event.button !== 0 || (event.pointerType === "mouse" && event.target === this.view)) return;
    this.pointers.set(event.pointerId, event);
    this.view.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    this.pointers.set(event.pointerId, event);
    const other = [...this.pointers.values()].find((pointer) => pointer !== event);
    const share = other ? 0.5 : 1;
    this.view.scrollBy(share * (last.clientX - event.clientX), share * (last.clientY - event.clientY));
    if (!other) return;
    const clientX = (event.clientX + other.clientX) / 2;
    const clientY = (event.clientY + other.clientY) / 2;
    this.set((this.scale * distance(event, other)) / (distance(last, other) || 1), { clientX, clientY });
  }
}

/**
 * @param {PointerEvent} one
 * @param {PointerEvent} other
 */
function distance(one, other) {
  return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
}
