// Every sentence that a script shows stands in the page's <template id="words">, where the
// server has translated it; scripts know only the names.

const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById("words"));
const language = document.documentElement.lang || "en";

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
    return typeof value === "number" ? value.toLocaleString(language) : (value ?? whole);
  });
}

/**
 * As `word`, in the plural form that the page's language has for `count`.
 * @param {string} name
 * @param {number} count
 * @returns {string}
 */
export function counted(name, count) {
  const form = new Intl.PluralRules(language).select(count);
  return word(`${name}-${form}`, { count }) || word(`${name}-other`, { count });
}
