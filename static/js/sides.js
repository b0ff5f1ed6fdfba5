// On a narrow screen the two answers stand beside each other and are swiped. A mark says which of
// them were seen, and nobody votes on an answer that was not.

const NARROW = matchMedia("(width < 44rem)");
const IN_SIGHT = 0.6;

export class Sides {
  /**
   * @param {HTMLElement} stage
   * @param {Map<string | undefined, import("./panes.js").Pane>} panes
   * @param {() => void} changed told when another one was seen
   */
  constructor(stage, panes, changed) {
    this.panes = panes;
    this.changed = changed;
    this.bar = /** @type {HTMLElement} */ (stage.querySelector(".sides"));
    this.links = /** @type {HTMLElement[]} */ ([...stage.querySelectorAll("[data-side-link]")]);
    this.scroller = /** @type {HTMLElement} */ (stage.querySelector(".panes"));
    /** @type {Set<string>} */
    this.seen = new Set();
    this.current = "";
    const watch = new IntersectionObserver((entries) => this.moved(entries), { root: this.scroller, threshold: IN_SIGHT });
    for (const pane of panes.values()) watch.observe(pane.root);
    for (const link of this.links) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        panes.get(link.dataset.sideLink)?.root.scrollIntoView({ block: "nearest", inline: "nearest" });
      });
    }
    NARROW.addEventListener("change", changed);
  }

  /** True where both stand on the screen at once, or both were looked at. */
  get bothSeen() {
    return !NARROW.matches || this.seen.size === this.panes.size;
  }

  /** @param {IntersectionObserverEntry[]} entries */
  moved(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.current = /** @type {HTMLElement} */ (target).dataset.side ?? "";
    }
    for (const link of this.links) {
      if (link.dataset.sideLink === this.current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    this.toTop();
    this.look();
  }

  /** What is in sight counts as seen as soon as it has a word to read. */
  look() {
    if (!NARROW.matches || this.seen.has(this.current) || this.panes.get(this.current)?.isEmpty !== false) return;
    this.seen.add(this.current);
    for (const link of this.links) {
      const mark = /** @type {HTMLElement} */ (link.querySelector("[data-seen]"));
      mark.hidden = !this.seen.has(link.dataset.sideLink ?? "");
    }
    this.changed();
  }

  /** An answer that is looked at for the first time, or that ends further up, begins at its top. */
  toTop() {
    const pane = this.panes.get(this.current)?.root;
    if (!NARROW.matches || !pane) return;
    const below = this.bar.getBoundingClientRect().bottom;
    const { top, bottom } = pane.getBoundingClientRect();
    if (top < below && (!this.seen.has(this.current) || bottom < below)) scrollBy(0, top - below);
  }
}
