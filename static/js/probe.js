// Admin: says how far a probe is, and shows its report once it has ended.

const PAUSE_MS = 700;

/** @typedef {{running: boolean, phase?: string, text?: string}} Progress */

const shown = document.querySelector("[data-progress]");
if (shown instanceof HTMLElement) void follow(shown);

/** @param {HTMLElement} place */
async function follow(place) {
  const said = place.querySelector("[role=status]");
  const text = place.querySelector("blockquote");
  for (;;) {
    /** @type {Progress} */
    const now = await ask(place.dataset.progress ?? "").catch(() => ({ running: true }));
    if (!now.running) break;
    if (said && now.phase && said.textContent !== now.phase) said.textContent = now.phase;
    if (text) {
      text.textContent = now.text ?? "";
      text.hidden = !now.text;
    }
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  location.reload();
}

/**
 * @param {string} url
 * @returns {Promise<Progress>}
 */
async function ask(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(String(answer.status));
  return await answer.json();
}

export {};
