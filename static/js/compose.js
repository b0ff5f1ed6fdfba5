// The page on which a battle begins: a picture, a question, send.

import { announce } from "./announce.js";
import { Picture, listenEverywhere } from "./picture.js";
import { Prompt } from "./prompt.js";
import { upload } from "./upload.js";
import { word } from "./words.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("compose"));
const formError = /** @type {HTMLElement} */ (document.getElementById("form-error"));
const bar = /** @type {HTMLProgressElement} */ (form.querySelector("progress"));
const label = /** @type {HTMLElement} */ (form.querySelector("[data-send-label]"));
const sendWords = label.textContent ?? "";
const picture = new Picture(
  /** @type {HTMLElement} */ (document.getElementById("picture")),
  Number(form.dataset.megabytes),
  () => announce(word(picture.source ? "picture-added" : "picture-removed")),
);
const prompt = new Prompt(
  form,
  Number(form.dataset.promptMax),
  JSON.parse(form.dataset.promptLimits ?? "[]"),
);
let sending = false;

/** @param {boolean} busy */
function setBusy(busy) {
  sending = busy;
  form.setAttribute("aria-busy", String(busy));
  form.querySelector("[type=submit]")?.setAttribute("aria-disabled", String(busy));
  bar.hidden = !busy;
  bar.value = 0;
  if (!busy) label.textContent = sendWords;
}

/** @param {number} share */
function showProgress(share) {
  bar.value = share;
  const percent = Math.round(share * 100);
  label.textContent = share < 1 ? word("sending", { percent }) : word("starting");
}

function fields() {
  const data = new FormData();
  const source = /** @type {import("./picture.js").Source} */ (picture.source);
  if ("file" in source) data.append("image", source.file);
  else data.append("sample", source.sample);
  data.append("prompt", prompt.text);
  for (const name of ["publish", "consent_asked"]) {
    const input = form.elements.namedItem(name);
    if (input instanceof HTMLInputElement && (input.type !== "checkbox" || input.checked)) {
      data.append(name, input.value);
    }
  }
  return data;
}

/** Points at what is missing; true when nothing is. */
function complete() {
  const lacks = picture.source ? "" : word("no-picture");
  const objection = prompt.objection();
  picture.complain(lacks);
  prompt.complain(objection);
  if (objection) prompt.area.focus();
  if (lacks) picture.inputs[0]?.focus();
  announce([lacks, objection].filter(Boolean).join(" "));
  return !lacks && !objection;
}

/**
 * Shows a refusal where its reason lies.
 * @param {import("./request.js").Refusal} refused
 */
function complain(refused) {
  const about = PLACES.find(([pattern]) => pattern.test(refused.code))?.[1];
  if (about) about.complain(refused.message);
  else formError.textContent = refused.message;
  announce(refused.message);
}

/** @type {[RegExp, {complain: (sentence: string) => void}][]} */
const PLACES = [
  [/image|picture|large|upload|sample/, picture],
  [/prompt/, prompt],
];

async function send() {
  if (sending || !complete()) return;
  formError.textContent = "";
  setBusy(true);
  try {
    const address = await upload(form.action, fields(), showProgress);
    prompt.sent();
    location.assign(address);
  } catch (refused) {
    setBusy(false);
    complain(/** @type {import("./request.js").Refusal} */ (refused));
  }
}

async function surprise() {
  const url = new URL(form.dataset.sampleUrl ?? "", location.href);
  if (picture.source && "sample" in picture.source) url.searchParams.set("not", picture.source.sample);
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    place(await answer.json());
  } catch {
    picture.complain(word("sample-failed"));
  }
}

/** @param {{id: string, url: string, alt: string, prompt: string}} sample */
function place(sample) {
  const free = prompt.free;
  if (free) prompt.lend(sample.prompt);
  picture.takeSample(sample);
  announce(word(free ? "sample-added" : "sample-picture-added"));
  /** @type {HTMLElement} */ (form.querySelector("[type=submit]")).focus({ preventScroll: true });
  picture.root.scrollIntoView({ block: "nearest" });
}

/**
 * The picture of an earlier battle, for one more question; the question is a new one.
 * @param {{id?: string, url: string, alt?: string}} earlier
 */
async function placeAgain({ id, url, alt = "" }) {
  if (id) picture.takeSample({ id, url, alt });
  else {
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) return;
    const bytes = await answer.blob();
    picture.take(new File([bytes], word("your-picture"), { type: bytes.type }));
  }
  prompt.area.focus({ preventScroll: true });
}

const again = document.getElementById("again");
if (again) placeAgain(JSON.parse(again.textContent ?? "{}"));
listenEverywhere((file) => picture.take(file));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
for (const button of form.querySelectorAll("[data-surprise]")) {
  button.addEventListener("click", () => surprise());
}
form.querySelector("[data-remove]")?.addEventListener("click", () => picture.remove());
form.noValidate = true;
// Back from a battle, the browser may show this page as it was left: in the middle of sending.
addEventListener("pageshow", () => setBusy(false));
