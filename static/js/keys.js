// Single keys press what is on the screen: an element's `data-key` names its key. They can be
// switched off, and they rest while somebody types or a dialog is open (WCAG 2.1.4).

const STORED = "arena.keys";
const TYPING = "input, textarea, select, [contenteditable]";

/** @param {HTMLInputElement | null} toggle */
export function listenToKeys(toggle) {
  setKeys(localStorage.getItem(STORED) !== "off", toggle);
  toggle?.addEventListener("change", () => {
    localStorage.setItem(STORED, toggle.checked ? "on" : "off");
    setKeys(toggle.checked, toggle);
  });
  document.addEventListener("keydown", press);
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
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  if (document.body.classList.contains("keys-off") || document.querySelector("dialog[open]")) return;
  if (event.target instanceof Element && event.target.matches(TYPING)) return;
  const target = shown(event.key.toLowerCase());
  if (!target) return;
  event.preventDefault();
  target.click();
}

/**
 * @param {string} key
 * @returns {HTMLElement | undefined} the first element on show that answers to the key
 */
function shown(key) {
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-key]")]);
  return all.find((element) => element.dataset.key === key && !element.closest("[hidden]"));
}
