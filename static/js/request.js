// Posts that the arena answers with a fragment, with nothing, or with an error in words.

import { word } from "./words.js";

/** A refusal or a failure; `message` may be shown as it is. */
export class Refusal extends Error {
  /**
   * @param {string} message
   * @param {string} code
   */
  constructor(message, code) {
    super(message);
    this.code = code;
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
 * @returns {Refusal}
 */
export function refusal(body) {
  try {
    const { code, message } = JSON.parse(body).error;
    return new Refusal(message, code);
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
export async function post(url, fields = {}) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
    body: new URLSearchParams(fields),
  }).catch(() => {
    throw new Refusal(word("offline"), "offline");
  });
  const body = await answer.text();
  if (!answer.ok) throw refusal(body);
  return body;
}
