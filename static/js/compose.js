// The page on which a battle begins: pictures, a question, send.

import { listenEverywhere } from "./dropping.js";
import { install, received } from "./installing.js";
import { listenToKeys } from "./keys.js";
import { Question } from "./sending.js";
import { announce, word } from "./words.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("compose"));
const question = new Question(form, {
  draft: "arena.draft",
  needsPicture: true,
  sent: (address) => {
    // The way back leads to the picture and the question, not to an empty page.
    history.replaceState(null, "", `${address}again?edit`);
    location.assign(address);
  },
});
const { pictures, prompt } = question;
// What the question of a sample is about, for who reads another language than the models.
const hint = /** @type {HTMLElement} */ (document.getElementById("sample-hint"));
prompt.area.addEventListener("input", () => (hint.hidden = true));

async function surprise() {
  const url = new URL(form.dataset.sampleUrl ?? "", location.href);
  if (pictures.sample) url.searchParams.set("not", pictures.sample);
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    place(await answer.json());
  } catch {
    pictures.complain(word("sample-failed"));
  }
}

/** @param {{id: string, url: string, alt: string, prompt: string, hint: string}} sample */
function place(sample) {
  const free = prompt.free;
  if (free) {
    prompt.lend(sample.prompt);
    hint.textContent = sample.hint;
    hint.hidden = !sample.hint;
  }
  pictures.takeSample(sample);
  announce(word(free ? "sample-added" : "sample-picture-added"));
  /** @type {HTMLElement} */ (form.querySelector("[type=submit]")).focus({ preventScroll: true });
  pictures.root.scrollIntoView({ block: "nearest" });
  question.keepSendInSight();
}

/**
 * The picture of an earlier battle, for one more question, or for the one that was `asked` there.
 * @param {{id?: string, url: string, alt?: string, asked?: string}} earlier
 */
async function placeAgain({ id, url, alt = "", asked = "" }) {
  if (asked && !prompt.text) prompt.fill(asked);
  if (id) pictures.takeSample({ id, url, alt });
  else {
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) return;
    const bytes = await answer.blob();
    pictures.take([new File([bytes], word("your-picture"), { type: bytes.type })]);
  }
  prompt.area.focus({ preventScroll: true });
}

/** A photo that another program shared with the arena, and the words beside it. */
async function takeReceived() {
  const shared = await received();
  if (!shared) return;
  if (shared.text && prompt.free) prompt.fill(shared.text);
  if (shared.files.length) await pictures.take(shared.files);
  else pictures.complain(word("not-received"));
  prompt.area.focus({ preventScroll: true });
}

const again = document.getElementById("again");
if (again) placeAgain(JSON.parse(again.textContent ?? "{}"));
listenEverywhere((files) => pictures.take(files));
for (const button of form.querySelectorAll("[data-surprise]")) {
  button.addEventListener("click", () => surprise());
}
listenToKeys(null);
takeReceived();
install(form.dataset.workerUrl ?? "");
