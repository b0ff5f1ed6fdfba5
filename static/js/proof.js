// The proof of work that the arena asks for while a lot is being asked of it (ALTCHA, format 2).

import { Refusal, read } from "./request.js";
import { word } from "./words.js";

/**
 * Answers one of the arena's challenges.
 * @param {string} url where a challenge comes from
 * @returns {Promise<string>} the proof, as the form sends it
 * @throws {Refusal}
 */
export async function prove(url) {
  // Browsers offer the sums to pages on https and on this machine alone.
  if (!isSecureContext) throw new Refusal(word("no-proof"), "no_proof");
  const challenge = JSON.parse(await read(url));
  const worker = new Worker(new URL("./proof_worker.js", import.meta.url), { type: "module" });
  try {
    const solution = await new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }) => resolve(data));
      worker.addEventListener("error", () => reject(new Refusal(word("no-proof"), "no_proof")));
      worker.postMessage(challenge.parameters);
    });
    return btoa(JSON.stringify({ challenge, solution }));
  } finally {
    worker.terminate();
  }
}
