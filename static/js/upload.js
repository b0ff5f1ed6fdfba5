// The one request that needs its progress shown, which fetch can't tell.

import { Refusal, csrfToken, refusal } from "./request.js";
import { word } from "./words.js";

/**
 * Sends the form's fields.
 * @param {string} url
 * @param {FormData} fields
 * @param {(share: number) => void} progress told from 0 to 1 while the body leaves
 * @returns {Promise<string>} the address of the battle
 * @throws {Refusal}
 */
export function upload(url, fields, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    request.addEventListener("error", () => reject(new Refusal(word("offline"), "offline")));
    request.addEventListener("load", () => {
      if (request.status !== 201) {
        return reject(refusal(request.responseText, request.getResponseHeader("Retry-After")));
      }
      resolve(JSON.parse(request.responseText).url);
    });
    request.send(fields);
  });
}
