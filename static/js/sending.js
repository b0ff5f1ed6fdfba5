// A question on its way: pictures and words are checked, sent once with its progress shown, and a
// refusal is said where its reason lies.

import { Countdown, LONGEST_WAIT } from "./countdown.js";
import { Pictures } from "./pictures.js";
import { Prompt } from "./prompt.js";
import { prove } from "./proof.js";
import { upload } from "./upload.js";
import { announce, word } from "./words.js";

// Refusals that say when the same is taken.
const LATER = ["too_many", "no_room"];

export class Question {
  /**
   * @param {HTMLFormElement} form
   * @param {{draft: string, needsPicture: boolean, sent: (address: string) => void}} options the
   *   key under which the words are kept, whether a picture is needed, and what follows
   */
  constructor(form, { draft, needsPicture, sent }) {
    this.form = form;
    this.needsPicture = needsPicture;
    this.sent = sent;
    this.sending = false;
    /** @type {Countdown | null} */
    this.countdown = null;
    this.error = /** @type {HTMLElement} */ (form.querySelector(".form-error"));
    this.note = /** @type {HTMLElement | null} */ (form.querySelector(".form-note"));
    this.bar = /** @type {HTMLProgressElement} */ (form.querySelector("progress"));
    this.label = /** @type {HTMLElement} */ (form.querySelector("[data-send-label]"));
    this.words = this.label.textContent ?? "";
    const root = /** @type {HTMLElement} */ (form.querySelector(".picture"));
    const limits = { megabytes: Number(form.dataset.megabytes), most: Number(form.dataset.pictures) };
    this.pictures = new Pictures(root, limits, (news) => this.tell(news));
    const room = JSON.parse(form.dataset.promptLimits ?? "[]");
    this.prompt = new Prompt(form, Number(form.dataset.promptMax), room, draft);
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    for (const kind of ["input", "change"]) form.addEventListener(kind, () => this.stopWaiting());
    // Back from a battle, the browser may show this page as it was left: in the middle of sending.
    addEventListener("pageshow", () => this.setBusy(false));
  }

  /** @param {"added" | "removed" | "moved"} news of the pictures */
  tell(news) {
    this.stopWaiting();
    announce(word(`picture-${news}`));
    if (news === "added") this.keepSendInSight();
  }

  /** A picture takes most of a phone's screen. */
  keepSendInSight() {
    this.form.querySelector("[type=submit]")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    this.sending = busy;
    this.form.setAttribute("aria-busy", String(busy));
    this.form.querySelector("[type=submit]")?.setAttribute("aria-disabled", String(busy));
    this.bar.hidden = !busy;
    this.bar.value = 0;
    if (!busy) this.label.textContent = this.words;
    if (!busy) this.say("");
  }

  /** @param {string} sentence what goes on before the question is sent, or nothing */
  say(sentence) {
    if (this.note) this.note.textContent = sentence;
    if (sentence) announce(sentence);
  }

  /** @param {number} share */
  showProgress(share) {
    this.bar.value = share;
    const percent = Math.round(share * 100);
    this.label.textContent = share < 1 ? word("sending", { percent }) : word("starting");
  }

  fields() {
    const data = new FormData();
    this.pictures.addTo(data);
    data.append("prompt", this.prompt.text);
    for (const { name, value } of this.form.querySelectorAll("select")) data.append(name, value);
    for (const name of ["after", "publish", "consent_asked", "of_age", "terms"]) {
      const input = this.form.elements.namedItem(name);
      if (input instanceof HTMLInputElement && (input.type !== "checkbox" || input.checked)) {
        data.append(name, input.value);
      }
    }
    return data;
  }

  /** Points at what is missing; true when nothing is. */
  complete() {
    const lacks = this.needsPicture && !this.pictures.chosen.length ? word("no-picture") : "";
    const objection = this.prompt.objection();
    /** @type {HTMLSelectElement | HTMLInputElement | null} */
    const unchosen = this.form.querySelector("select:invalid, input:invalid");
    const asked = unchosen instanceof HTMLInputElement ? "unconfirmed" : "no-model";
    this.error.textContent = unchosen ? word(asked) : "";
    this.pictures.complain(lacks);
    this.prompt.complain(objection);
    if (objection) this.prompt.area.focus();
    if (lacks) this.pictures.inputs[0]?.focus();
    unchosen?.focus();
    announce([this.error.textContent, lacks, objection].filter(Boolean).join(" "));
    return !unchosen && !lacks && !objection;
  }

  /**
   * Shows a refusal where its reason lies.
   * @param {import("./request.js").Refusal} refused
   */
  complain(refused) {
    if (/image|picture|large|upload|sample/.test(refused.code)) this.pictures.complain(refused.message);
    else if (/prompt/.test(refused.code)) this.prompt.complain(refused.message);
    else this.error.textContent = refused.message;
    announce(refused.message);
  }

  /**
   * Sends the fields; where some work is asked for first, does it and sends them again.
   * @returns {Promise<string>} the address of the battle
   */
  async sendProven() {
    const data = this.fields();
    const progress = (/** @type {number} */ share) => this.showProgress(share);
    try {
      return await upload(this.form.action, data, progress);
    } catch (refused) {
      const { code } = /** @type {import("./request.js").Refusal} */ (refused);
      if (code !== "proof_needed") throw refused;
    }
    this.say(word("proving"));
    data.set("proof", await prove(this.form.dataset.proofUrl ?? ""));
    this.say("");
    return upload(this.form.action, data, progress);
  }

  /** @param {import("./request.js").Refusal} refused */
  waitOrComplain(refused) {
    const { code, wait } = refused;
    const passes = LATER.includes(code) && wait > 0 && wait <= LONGEST_WAIT;
    if (passes) this.waitAndSend(wait);
    else this.complain(refused);
  }

  /**
   * Counts the seconds until the same may be sent again, and sends it; a change stops that.
   * @param {number} seconds
   */
  waitAndSend(seconds) {
    const place = this.note ?? this.error;
    const tell = (/** @type {string} */ time) => (place.textContent = word("sent-later", { time }));
    this.countdown = new Countdown(seconds, tell, () => this.send());
    announce(place.textContent);
  }

  stopWaiting() {
    if (!this.countdown) return;
    this.countdown.stop();
    this.countdown = null;
    (this.note ?? this.error).textContent = "";
  }

  async send() {
    if (this.sending || !this.complete()) return;
    this.stopWaiting();
    this.setBusy(true);
    try {
      const address = await this.sendProven();
      this.prompt.sent();
      this.sent(address);
    } catch (refused) {
      this.setBusy(false);
      this.waitOrComplain(/** @type {import("./request.js").Refusal} */ (refused));
    }
  }
}
