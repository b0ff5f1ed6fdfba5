// Buttons that copy: an answer as it reads, as it was written, and a block of code of it.

import { announce, word } from "./words.js";

const COPIED_FOR = 2000;
const CODE = "pre:not(:has([data-code]))";

const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById("copy-code"));

/**
 * Copies when the button is pressed, and says so on it.
 * @param {HTMLElement | null} button
 * @param {() => string | Promise<string>} text
 */
export function offerCopy(button, text) {
  const label = button?.querySelector("[data-copy-label]");
  const words = label?.textContent ?? "";
  button?.addEventListener("click", async (event) => {
    event.preventDefault();
    const said = word((await copied(text())) ? "copied" : "not-copied");
    announce(said);
    if (label) label.textContent = said;
    setTimeout(() => {
      if (label) label.textContent = words;
    }, COPIED_FOR);
  });
}

/**
 * Gives each block of code that has none a button of its own, without a word that copying the whole
 * answer would take along.
 * @param {HTMLElement} answer
 */
export function offerCode(answer) {
  for (const block of answer.querySelectorAll(CODE)) {
    const button = template?.content.firstElementChild?.cloneNode(true);
    if (!(button instanceof HTMLElement)) return;
    block.append(button);
    button.addEventListener("click", async () => {
      const done = await copied(block.textContent ?? "");
      announce(word(done ? "copied" : "not-copied"));
      button.toggleAttribute("data-done", done);
      setTimeout(() => button.removeAttribute("data-done"), COPIED_FOR);
    });
  }
}

/**
 * Copies a text, also one that is still on its way: some browsers let nobody copy after a wait.
 * @param {string | Promise<string>} text
 * @returns {Promise<boolean>}
 */
async function copied(text) {
  const plain = "text/plain";
  try {
    const blob = Promise.resolve(text).then((words) => new Blob([words], { type: plain }));
    await navigator.clipboard.write([new ClipboardItem({ [plain]: blob })]);
    return true;
  } catch {
    return Promise.resolve(text).then(selected, () => false);
  }
}

/**
 * The old way, for a page without TLS, which has no clipboard.
 * @param {string} text
 */
function selected(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  Object.assign(area, { value: text, readOnly: true, className: "visually-hidden" });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return done;
}
