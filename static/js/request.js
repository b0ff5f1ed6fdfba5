// Posts that the arena answers with a fragment, with nothing, or with an error in words.

import { word } from "./words.js";

/** A refusal or a failure; `message` may be shown as it is. */
export class Refusal extends Error {
  /**
   * @param {string} message
   * @param {string} code
   * @param {number} [wait] seconds after which it may be tried again, 0 where waiting changes nothing
   */
  constructor(message, code, wait = 0) {
    super(message);
    this.code = code;
    this.wait = wait;
  }
}

/** @returns {string} */
export function csrfToken() {
  const field = document.querySelector("main [name=csrfmiddlewaretoken], [name=csrfmiddlewaretoken]");
  return field instanceof HTMLInputElement ? field.value : "";
}

/**
 * What the arena says in an error's body, whatever the transport was.
 * @param {string} body
 * @param {string | null} [later] its header Retry-After
 * @returns {Refusal}
 */
export function refusal(body, later = "") {
  try {
    const { code, message } = JSON.parse(body).error;
    return new Refusal(message, code, Number(later));
  } catch {
    return new Refusal(word("odd-answer"), "odd_answer");
  }
}

/**
 * @param {string} url
 * @param {Record<string, string>} [fields]
 * @returns {Promise<string>} the answer's body
 * @throws {Refusal}
 */
export function post(url, fields = {}) {
  const headers = { "X-CSRFToken": csrfToken() };
  return ask(url, { method: "POST", headers, body: new URLSearchParams(fields) });
}

/**
 * @param {string} url
 * @returns {Promise<string>} the answer's body
 * @throws {Refusal}
 */
export function read(url) {
  return ask(url, { headers: {} });
}

/**
 * @param {string} url
 * @param {RequestInit & {headers: Record<string, string>}} options
 * @returns {Promise<string>}
 */
async function ask(url, options) {
  const headers = { Accept: "application/json", ...options.headers };
  const answer = await fetch(url, { ...options, headers }).catch(() => {
    throw new Refusal(word("offline"), "offline");
  });
  const body = await answer.text();
  if (!answer.ok) throw refusal(body);
  return body;
}

/**
 * The names of a battle that was skipped and never counts.
 * @param {HTMLElement} button
 * @param {HTMLElement} place
 * @param {(message: string) => void} complain
 */
export async function showNames(button, place, complain) {
  try {
    place.innerHTML = await read(button.dataset.names ?? "");
    button.remove();
  } catch (error) {
    complain(/** @type {Error} */ (error).message);
  }
}
