// Single keys press what is on the screen: an element's `data-key` names its keys. They can be
// switched off, and they rest while somebody types or a dialog is open (WCAG 2.1.4).

const STORED = "arena.keys";
const TYPING = "input, textarea, select, [contenteditable]";
// Space presses or scrolls these by itself.
const OWN_SPACE = "button, summary, label, .pane__body, [role=button]";

/** @param {HTMLInputElement | null} toggle */
export function listenToKeys(toggle) {
  setKeys(localStorage.getItem(STORED) !== "off", toggle);
  toggle?.addEventListener("change", () => {
    localStorage.setItem(STORED, toggle.checked ? "on" : "off");
    setKeys(toggle.checked, toggle);
  });
  document.addEventListener("keydown", press);
  // What was pressed before: see early.js.
  document.dispatchEvent(new Event("arena:listening"));
}

/**
 * @param {boolean} on
 * @param {HTMLInputElement | null} toggle
 */
function setKeys(on, toggle) {
  document.body.classList.toggle("keys-off", !on);
  if (toggle) toggle.checked = on;
}

/** @param {KeyboardEvent} event */
function press(event) {
  if (modified(event) || event.repeat || event.isComposing || event.defaultPrevented) return;
  if (document.body.classList.contains("keys-off") || document.querySelector("dialog[open]")) return;
  const where = event.target instanceof Element ? event.target : document.body;
  if (where.matches(TYPING) || (event.key === " " && where.closest(OWN_SPACE))) return;
  const target = names(event).map(shown).find(Boolean);
  if (!target) return;
  event.preventDefault();
  target.click();
}

/** @param {KeyboardEvent} event */
function modified(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.getModifierState("AltGraph");
}

/**
 * What a pressed key may be called: the letter on it, else the one at its place on a keyboard with
 * Latin letters, so that the keys work under every layout.
 * @param {KeyboardEvent} event
 */
function names({ key, code }) {
  return [key === " " ? "space" : key.toLowerCase(), code.replace(/^Key/, "").toLowerCase()];
}

/**
 * @param {string} key
 * @returns {HTMLElement | undefined} the first element on show that answers to the key
 */
function shown(key) {
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-key]")]);
  return all.find((element) => element.dataset.key?.split(" ").includes(key) && !element.closest("[hidden]"));
}
