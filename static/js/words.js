// Every sentence that a script shows stands in the page's <template id="words">, where the
// server has translated it; scripts know only the names.

const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById("words"));

/** The page's language for numbers and times; its digits are those of the server's numbers. */
export const locale = new Intl.Locale(document.documentElement.lang || "en", { numberingSystem: "latn" });

/**
 * The sentence of that name, with `{placeholders}` filled in.
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function word(name, values = {}) {
  const text = template?.content.querySelector(`[data-word="${name}"]`)?.textContent ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, key) => {
    const value = values[key];
    return typeof value === "number" ? value.toLocaleString(locale) : (value ?? whole);
  });
}

/**
 * As `word`, in the plural form that the page's language has for `count`.
 * @param {string} name
 * @param {number} count
 * @returns {string}
 */
export function counted(name, count) {
  const form = new Intl.PluralRules(locale).select(count);
  return word(`${name}-${form}`, { count }) || word(`${name}-other`, { count });
}

/**
 * @param {number} seconds
 * @returns {string} as minutes and seconds, which every language reads
 */
export function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * Shows the elements whose `data-when` names the state; the sentences themselves are the template's.
 * @param {ParentNode} root
 * @param {string} state
 */
export function showFor(root, state) {
  for (const element of root.querySelectorAll("[data-when]")) {
    const states = element.getAttribute("data-when")?.split(" ") ?? [];
    element.toggleAttribute("hidden", !states.includes(state));
  }
}

// The page's one live region. It speaks of milestones, never of tokens: a screen reader that
// repeats every word of two answers at once is of no use to anybody.
const region = document.getElementById("announce");
let last = "";

/**
 * Says a sentence once; saying the same again at once is silent.
 * @param {string} sentence
 */
export function announce(sentence) {
  if (!region || !sentence || sentence === last) return;
  last = sentence;
  region.textContent = sentence;
}
