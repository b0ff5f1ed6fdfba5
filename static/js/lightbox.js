// The picture, large, with the whole question below it.

/**
 * @param {HTMLElement} opener
 * @param {HTMLDialogElement} dialog
 */
export function enlarge(opener, dialog) {
  const small = /** @type {HTMLImageElement} */ (opener.querySelector("img"));
  const large = /** @type {HTMLImageElement} */ (dialog.querySelector("img"));
  opener.addEventListener("click", () => {
    large.src = small.src;
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}
