// The pictures of a question: dropped, pasted, picked, photographed or a sample; checked, shown in
// their order, moved and taken away again.

import { isAccepted, isConverted, isDocument, shrunk, takenOut } from "./files.js";
import { announce, word } from "./words.js";

/** @typedef {{file: File} | {sample: string}} Source */
/** @typedef {{source: Source, url: string, name: string, alt: string}} Chosen */

export class Pictures {
  /**
   * @param {HTMLElement} root
   * @param {{megabytes: number, most: number}} limits what all together may weigh, and their number
   * @param {(news: "added" | "removed" | "moved") => void} changed
   */
  constructor(root, { megabytes, most }, changed) {
    this.root = root;
    this.limit = megabytes * 1024 * 1024;
    this.most = most;
    this.changed = changed;
    /** @type {Chosen[]} */
    this.chosen = [];
    this.empty = /** @type {HTMLElement} */ (root.querySelector(".picture__empty"));
    this.shown = /** @type {HTMLElement} */ (root.querySelector(".picture__chosen"));
    this.list = /** @type {HTMLElement} */ (root.querySelector(".picture__list"));
    this.more = /** @type {HTMLElement} */ (root.querySelector(".picture__more"));
    this.another = /** @type {HTMLElement | null} */ (root.querySelector(".picture__another"));
    this.pages = /** @type {HTMLElement} */ (root.querySelector(".picture__pages"));
    this.item = /** @type {HTMLTemplateElement} */ (root.querySelector("template"));
    this.error = /** @type {HTMLElement} */ (root.querySelector(".field-error"));
    this.inputs = /** @type {HTMLInputElement[]} */ ([...root.querySelectorAll("input[type=file]")]);
    this.show();
    for (const input of this.inputs) {
      input.addEventListener("change", () => this.take(takenOut(input)));
      // Chosen before this script came.
      if (input.files?.length) this.take(takenOut(input));
    }
  }

  /** @param {File[]} files */
  async take(files) {
    for (const chosen of files) {
      const file = chosen.size > this.limit ? await shrunk(chosen) : chosen;
      const reason = this.objection(file);
      if (reason) return this.complain(reason);
      this.chosen.push({
        source: { file },
        url: URL.createObjectURL(file),
        name: file.name,
        alt: word("your-picture"),
      });
      this.tell("added");
    }
  }

  /**
   * Takes the place of the sample that is there, or the last one.
   * @param {{id: string, url: string, alt: string}} sample
   */
  takeSample({ id, url, alt }) {
    const place = this.chosen.findIndex(({ source }) => "sample" in source);
    if (place < 0 && this.chosen.length >= this.most) return this.complain(this.tooMany());
    const taken = { source: { sample: id }, url, name: alt, alt };
    if (place < 0) this.chosen.push(taken);
    else this.chosen[place] = taken;
    this.tell("added");
  }

  /** @returns {string} the id of the sample among them, or nothing */
  get sample() {
    for (const { source } of this.chosen) if ("sample" in source) return source.sample;
    return "";
  }

  /**
   * Why the arena would refuse the file, as far as its name and size tell.
   * @param {File} file
   * @returns {string}
   */
  objection(file) {
    if (this.chosen.length >= this.most) return this.tooMany();
    if (!isAccepted(file)) return word("wrong-type");
    if (file.size > this.limit) return word("too-large");
    const others = this.chosen.map(({ source }) => ("file" in source ? source.file.size : 0));
    const weight = others.reduce((sum, size) => sum + size, file.size);
    return weight > this.limit ? word("too-large-together") : "";
  }

  tooMany() {
    return word("too-many-pictures", { count: this.most });
  }

  /** @param {string} sentence */
  complain(sentence) {
    this.error.textContent = sentence;
    this.root.toggleAttribute("data-invalid", sentence !== "");
  }

  /** @param {FormData} data */
  addTo(data) {
    const pages = this.pages.querySelector("input");
    if (!this.pages.hidden && pages) data.append("pages", pages.value);
    this.chosen.forEach(({ source }, place) => {
      if ("file" in source) return data.append("image", source.file);
      data.append("sample", source.sample);
      data.append("sample_at", String(place));
    });
  }

  /** @param {"added" | "removed" | "moved"} news */
  tell(news) {
    this.complain("");
    this.show();
    this.changed(news);
  }

  show() {
    this.list.replaceChildren(...this.chosen.map((one, place) => this.shownItem(one, place)));
    const none = this.chosen.length === 0;
    this.empty.hidden = !none;
    this.shown.hidden = none;
    this.shown.toggleAttribute("data-several", this.chosen.length > 1);
    this.more.hidden = none || this.chosen.length >= this.most;
    if (!none && this.empty.contains(document.activeElement)) this.more.querySelector("input")?.focus({ preventScroll: true });
    this.pages.hidden = !this.chosen.some(({ source: s }) => "file" in s && isDocument(s.file));
    if (this.another) this.another.hidden = this.chosen.length > (this.sample ? 1 : 0);
  }

  /**
   * @param {Chosen} one
   * @param {number} place
   * @returns {DocumentFragment}
   */
  shownItem(one, place) {
    const item = /** @type {DocumentFragment} */ (this.item.content.cloneNode(true));
    const image = Object.assign(item.querySelector("img") ?? new Image(), { alt: one.alt, src: one.url });
    image.addEventListener("error", () => {
      if (!isConverted(one.name)) return this.unreadable(one);
      image.hidden = true;
      /** @type {HTMLElement} */ (image.nextElementSibling).hidden = false;
    });
    /** @type {HTMLElement} */ (item.querySelector(".picture__name")).textContent = one.name;
    const last = this.chosen.length - 1;
    this.button(item, "earlier", place === 0, () => this.move(place, place - 1, "earlier"));
    this.button(item, "later", place === last, () => this.move(place, place + 1, "later"));
    this.button(item, "remove", false, () => this.remove(one));
    return item;
  }

  /**
   * @param {DocumentFragment} item
   * @param {string} deed
   * @param {boolean} off
   * @param {() => void} act
   */
  button(item, deed, off, act) {
    const button = /** @type {HTMLElement} */ (item.querySelector(`[data-${deed}]`));
    button.hidden = deed !== "remove" && this.chosen.length < 2;
    button.toggleAttribute("disabled", off);
    button.addEventListener("click", act);
  }

  /**
   * @param {number} from
   * @param {number} to
   * @param {string} deed whose button keeps the focus
   */
  move(from, to, deed) {
    const [one] = this.chosen.splice(from, 1);
    if (one) this.chosen.splice(to, 0, one);
    this.tell("moved");
    const item = this.list.children[to];
    const button = item?.querySelector(`[data-${deed}]:not([disabled])`) ?? item?.querySelector("[data-remove]");
    if (button instanceof HTMLElement) button.focus();
  }

  /** @param {Chosen} one */
  remove(one) {
    this.forget(one);
    this.tell("removed");
    const next = this.list.querySelector("[data-remove]") ?? this.inputs[0];
    if (next instanceof HTMLElement) next.focus();
  }

  /** @param {Chosen} one */
  forget(one) {
    this.chosen = this.chosen.filter((other) => other !== one);
    if (one.url.startsWith("blob:")) URL.revokeObjectURL(one.url);
  }

  /** @param {Chosen} one */
  unreadable(one) {
    if (!this.chosen.includes(one)) return;
    this.forget(one);
    this.show();
    this.complain(word("not-a-picture"));
    announce(word("not-a-picture"));
  }
}
