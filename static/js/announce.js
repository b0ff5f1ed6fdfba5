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
