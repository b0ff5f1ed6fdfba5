// What differs between the two answers, word by word. It is marked with an underline and a ground,
// both by the browser's own highlights: the answers themselves are not touched.

import { announce, word } from "./words.js";

const NAME = "differs";
// Two answers of so many words each take some 20 MB and 0.1 s; what follows is not compared.
const MOST_WORDS = 3000;

/** @param {HTMLElement[]} answers the two to compare; none of them takes the marks away */
export function showDifferences(answers) {
  CSS.highlights.delete(NAME);
  const [a, b] = answers.map(wordsOf);
  if (!a || !b) return;
  const [first, second] = [a.slice(0, MOST_WORDS), b.slice(0, MOST_WORDS)];
  const [onlyA, onlyB] = differing(
    first.map(({ text }) => text),
    second.map(({ text }) => text),
  );
  const marked = [...onlyA.map((at) => first[at]), ...onlyB.map((at) => second[at])];
  CSS.highlights.set(NAME, new Highlight(...marked.flatMap(range)));
  const cut = Math.max(a.length, b.length) > MOST_WORDS ? word("differs-cut", { count: MOST_WORDS }) : "";
  announce(`${word("differs", { a: onlyA.length, b: onlyB.length })} ${cut}`.trim());
}

/** @typedef {{text: string, node: Node, start: number, end: number}} Word */

/**
 * @param {HTMLElement} answer
 * @returns {Word[]} its words, numbers and signs, in every language's own way of writing them
 */
function wordsOf(answer) {
  const segments = new Intl.Segmenter(undefined, { granularity: "word" });
  const texts = document.createTreeWalker(answer, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    for (const { segment, index } of segments.segment(node.textContent ?? "")) {
      if (segment.trim()) found.push({ text: segment.normalize(), node, start: index, end: index + segment.length });
    }
  }
  return found;
}

/** @param {Word | undefined} found */
function range(found) {
  if (!found) return [];
  const one = new Range();
  one.setStart(found.node, found.start);
  one.setEnd(found.node, found.end);
  return [one];
}

/**
 * The places of the words that are not in the longest common sequence.
 * @param {string[]} a
 * @param {string[]} b
 * @returns {[number[], number[]]}
 */
export function differing(a, b) {
  const row = b.length + 1;
  // lengths[i * row + j]: how many words a from i on and b from j on have in common.
  const lengths = new Uint16Array((a.length + 1) * row);
  /** @type {(index: number) => number} */
  const at = (index) => lengths[index] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const here = i * row + j;
      lengths[here] = a[i] === b[j] ? at(here + row + 1) + 1 : Math.max(at(here + row), at(here + 1));
    }
  }
  /** @type {[number[], number[]]} */
  const only = [[], []];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
    else if (j >= b.length || (i < a.length && at((i + 1) * row + j) >= at(i * row + j + 1))) only[0].push(i++);
    else only[1].push(j++);
  }
  return only;
}
