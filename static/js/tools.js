// What helps to compare two answers: the picture, large; what differs; the places they point at.

/** @typedef {import("./panes.js").Pane} Pane */

/** @type {Promise<import("./lightbox.js").Lightbox> | undefined} */
let lightbox;

/**
 * Two of the tools are fetched when they are first used.
 * @param {HTMLElement} stage
 * @param {Pane[]} panes
 */
export function listenToTools(stage, panes) {
  const openers = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-enlarge]")]);
  for (const opener of openers) opener.addEventListener("click", () => enlarge(openers, opener, panes));
  const places = stage.querySelector("[data-places-switch]");
  places?.addEventListener("click", () => {
    places.setAttribute("aria-pressed", String(!stage.toggleAttribute("data-places-off")));
  });
  const differences = stage.querySelector("[data-differences]");
  differences?.toggleAttribute("data-unable", !("highlights" in CSS));
  differences?.addEventListener("click", () => compare(differences, panes));
  if (stage.dataset.state === "voted") keepTools(stage);
}

/**
 * The tools stand beside the names once the dock's line has gone.
 * @param {HTMLElement} stage
 */
export function keepTools(stage) {
  stage.querySelector(".reveal__ways")?.prepend(...stage.querySelectorAll(".compare-tool"));
}

/**
 * @param {HTMLElement[]} openers of all pictures of the battle
 * @param {HTMLElement} opener
 * @param {Pane[]} panes
 */
async function enlarge(openers, opener, panes) {
  lightbox ??= import("./lightbox.js").then(({ Lightbox }) => {
    const dialog = /** @type {HTMLDialogElement} */ (document.querySelector(".lightbox"));
    const pointed = () => Object.fromEntries(panes.map(({ root, places }) => [root.dataset.side, places.shown]));
    return new Lightbox(dialog, pointed);
  });
  const pictures = openers.map((one) => ({
    small: /** @type {HTMLImageElement} */ (one.querySelector("img")),
    question: one.dataset.asked ?? "",
  }));
  (await lightbox).open(pictures, openers.indexOf(opener));
}

/**
 * @param {Element} button
 * @param {Pane[]} panes
 */
async function compare(button, panes) {
  const { showDifferences } = await import("./differences.js");
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  showDifferences(on ? panes.map(({ answer }) => answer) : []);
}
