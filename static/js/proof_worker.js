// Finds the key that a challenge asks for, beside the page, so that the page stays usable.

const AT_ONCE = 8;

/**
 * @param {string} digits
 * @returns {Uint8Array<ArrayBuffer>}
 */
function bytes(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {ArrayBuffer} buffer */
function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {{nonce: string, salt: string, cost: number, keyLength: number}} parameters
 * @param {number} counter
 * @returns {Promise<string>}
 */
async function derive({ nonce, salt, cost, keyLength }, counter) {
  const password = new Uint8Array([...bytes(nonce), 0, 0, 0, 0]);
  new DataView(password.buffer).setUint32(password.length - 4, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const rule = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
  return hex(await crypto.subtle.deriveBits(rule, key, keyLength * 8));
}

addEventListener("message", async ({ data: parameters }) => {
  for (let start = 0; ; start += AT_ONCE) {
    const counters = Array.from({ length: AT_ONCE }, (_, place) => start + place);
    const keys = await Promise.all(counters.map((counter) => derive(parameters, counter)));
    const found = keys.findIndex((key) => key.startsWith(parameters.keyPrefix));
    if (found >= 0) {
      postMessage({ counter: counters[found], derivedKey: keys[found] });
      return;
    }
  }
});
