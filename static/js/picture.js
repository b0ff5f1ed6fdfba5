// The picture of a new battle: dropped, pasted, picked, photographed or a sample; checked, shown,
// taken away again.

import { word } from "./words.js";

const KINDS = ["image/jpeg", "image/png", "image/webp"];

/** @typedef {{file: File} | {sample: string}} Source */

export class Picture {
  /**
   * @param {HTMLElement} root
   * @param {number} megabytes the most that a file may weigh
   * @param {() => void} changed
   */
  constructor(root, megabytes, changed) {
    this.root = root;
    this.limit = megabytes * 1024 * 1024;
    this.changed = changed;
    /** @type {Source | null} */
    this.source = null;
    this.empty = /** @type {HTMLElement} */ (root.querySelector(".picture__empty"));
    this.chosen = /** @type {HTMLElement} */ (root.querySelector(".picture__chosen"));
    this.preview = /** @type {HTMLImageElement} */ (root.querySelector("img"));
    this.name = /** @type {HTMLElement} */ (root.querySelector(".picture__name"));
    this.error = /** @type {HTMLElement} */ (root.querySelector(".field-error"));
    this.inputs = /** @type {HTMLInputElement[]} */ ([...root.querySelectorAll("input[type=file]")]);
    this.preview.addEventListener("error", () => this.unreadable());
    for (const input of this.inputs) {
      input.addEventListener("change", () => input.files?.[0] && this.take(input.files[0]));
    }
  }

  /** @param {File} file */
  take(file) {
    const reason = this.objection(file);
    if (reason) return this.complain(reason);
    this.show({ file }, URL.createObjectURL(file), file.name, word("your-picture"));
  }

  /** @param {{id: string, url: string, alt: string}} sample */
  takeSample(sample) {
    this.show({ sample: sample.id }, sample.url, sample.alt, sample.alt);
  }

  /**
   * Why the arena would refuse the file, as far as its name and size tell.
   * @param {File} file
   * @returns {string}
   */
  objection(file) {
    if (!KINDS.includes(file.type)) return word("wrong-type");
    return file.size > this.limit ? word("too-large") : "";
  }

  /** @param {string} sentence */
  complain(sentence) {
    this.error.textContent = sentence;
    this.root.toggleAttribute("data-invalid", sentence !== "");
  }

  remove() {
    this.forget();
    this.reveal();
    this.changed();
    this.inputs[0]?.focus();
  }

  /**
   * @param {Source} source
   * @param {string} url
   * @param {string} name
   * @param {string} alt
   */
  show(source, url, name, alt) {
    this.forget();
    this.source = source;
    this.preview.src = url;
    this.preview.alt = alt;
    this.name.textContent = name;
    this.complain("");
    this.reveal();
    this.changed();
  }

  forget() {
    if (this.preview.src.startsWith("blob:")) URL.revokeObjectURL(this.preview.src);
    this.preview.removeAttribute("src");
    for (const input of this.inputs) input.value = "";
    this.source = null;
  }

  reveal() {
    this.empty.hidden = this.source !== null;
    this.chosen.hidden = this.source === null;
  }

  unreadable() {
    if (!this.source) return;
    this.remove();
    this.complain(word("not-a-picture"));
  }
}

/**
 * Lets a picture be dropped or pasted anywhere on the page.
 * @param {(file: File) => void} take
 */
export function listenEverywhere(take) {
  const body = document.body;
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    body.classList.remove("dropping");
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    take(file);
  });
  document.addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    // Text copied from a word processor brings a picture of itself along.
    if (!file || event.clipboardData?.types.includes("text/plain")) return;
    event.preventDefault();
    take(file);
  });
}
