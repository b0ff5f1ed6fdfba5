// Elements say in `data-when` in which states they are shown; the sentences themselves are the
// template's.

/**
 * @param {ParentNode} root
 * @param {string} state
 */
export function showFor(root, state) {
  for (const element of root.querySelectorAll("[data-when]")) {
    const states = element.getAttribute("data-when")?.split(" ") ?? [];
    element.toggleAttribute("hidden", !states.includes(state));
  }
}
