// What a file is that somebody chose, as far as its name and type tell, and a smaller copy of it.

const KINDS = /^image\/(jpeg|png|webp|gif|avif|hei[cf])$|^application\/pdf$/;
// Some systems know no type for these, and some browsers can't show them; the arena converts them.
const CONVERTED = /\.(avif|hei[cf]|pdf)$/i;
// A picture over the limit in bytes is scaled here, to more pixels than the arena keeps.
const SHRUNK_SIDE = 4096;
const SHRUNK_QUALITY = 0.92;

/**
 * @param {HTMLInputElement} input which then can be given the same file again
 * @returns {File[]}
 */
export function takenOut(input) {
  const files = [...(input.files ?? [])];
  input.value = "";
  return files;
}

/** @param {File} file */
export function isAccepted(file) {
  return KINDS.test(file.type) || isConverted(file.name);
}

/** @param {string} name */
export function isConverted(name) {
  return CONVERTED.test(name);
}

/** @param {File} file */
export function isDocument(file) {
  return file.type === "application/pdf" || file.name.toLowerCase().endsWith(".pdf");
}

/**
 * A smaller copy of a picture that this browser can read; else the file as it is.
 * @param {File} file
 * @returns {Promise<File>}
 */
export async function shrunk(file) {
  try {
    const whole = await createImageBitmap(file);
    const scale = Math.min(1, SHRUNK_SIDE / Math.max(whole.width, whole.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(whole.width * scale));
    canvas.height = Math.max(1, Math.round(whole.height * scale));
    const context = canvas.getContext("2d");
    if (!context) return file;
    // A JPEG knows no transparency; the arena puts white under it, too.
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(whole, 0, 0, canvas.width, canvas.height);
    whole.close();
    const blob = await new Promise((done) => {
      canvas.toBlob(done, "image/jpeg", SHRUNK_QUALITY);
    });
    return blob instanceof Blob ? new File([blob], file.name, { type: blob.type }) : file;
  } catch {
    return file;
  }
}
