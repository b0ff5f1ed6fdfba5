// Loaded before the page's modules, and no module itself: what is pressed until they listen is kept
// and done then. Forms and links need none of this: the browser does them by itself.

(() => {
  const MOST = 8;
  /** @type {Event[]} */
  const kept = [];

  /** @param {Event} event */
  const keep = (event) => {
    const where = /** @type {Element} */ (event.target);
    const scrolls = event instanceof KeyboardEvent && event.key === " ";
    const waits = event.type === "keydown" ? !scrolls : where.closest("button[type=button]");
    if (waits && kept.length < MOST) kept.push(event);
  };

  document.addEventListener("keydown", keep);
  document.addEventListener("click", keep);
  document.addEventListener("arena:listening", () => {
    document.removeEventListener("keydown", keep);
    document.removeEventListener("click", keep);
    for (const event of kept) {
      const again = event instanceof KeyboardEvent ? new KeyboardEvent("keydown", event) : null;
      if (again) event.target?.dispatchEvent(again);
      else /** @type {Element} */ (event.target).closest("button")?.click();
    }
  }, { once: true });
})();
