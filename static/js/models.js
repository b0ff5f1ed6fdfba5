// Admin: offers the models that an endpoint says it has, where a model's name is typed.

const PAUSE_MS = 500;
const MOST_LOOKS = 50;

/** @typedef {{names?: string[], problem?: string}} ModelsFound */

/** @param {ParentNode} place */
function prepare(place) {
  for (const box of place.querySelectorAll("input[data-models-url]")) {
    // Django clones a row with this name for each further version.
    if (box instanceof HTMLInputElement && !box.name.includes("__prefix__")) offer(box);
  }
}

/** @param {HTMLInputElement} box the name of the model */
function offer(box) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = box.dataset.modelsButton ?? "";
  const said = document.createElement("div");
  said.setAttribute("role", "status");
  const list = document.createElement("datalist");
  list.id = `${box.id}-models`;
  box.setAttribute("list", list.id);
  const place = document.createElement("div");
  place.className = "help";
  place.append(button, said, list);
  (box.closest(".flex-container") ?? box).after(place);
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = box.dataset.modelsWaiting ?? "";
    /** @type {ModelsFound} */
    const found = await ask(box).catch(() => ({}));
    said.textContent = found.problem || sentence(box, found.names ?? []);
    list.replaceChildren(...(found.names ?? []).map((name) => new Option(name, name)));
    button.disabled = false;
    if (found.names?.length) box.focus();
  });
}

/**
 * @param {HTMLInputElement} box
 * @param {string[]} names
 */
function sentence(box, names) {
  if (!names.length) return box.dataset.modelsNone ?? "";
  return `${box.dataset.modelsFound} ${names.slice(0, 20).join(", ")}`;
}

/**
 * @param {HTMLInputElement} box
 * @returns {Promise<ModelsFound>}
 */
async function ask(box) {
  const url = box.dataset.modelsUrl ?? "";
  const fields = new URLSearchParams({ queue: value("queue") });
  for (const name of ["backend", "base_url", "key"]) {
    fields.set(name, value(box.name.replace(/source$/, name)));
  }
  const headers = { "X-CSRFToken": value("csrfmiddlewaretoken") };
  const begun = await fetch(url, { method: "POST", headers, body: fields });
  const { token, problem } = await begun.json();
  if (!token) return { problem };
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const answer = await fetch(`${url}?token=${token}`);
    const found = await answer.json();
    if (!found.waiting) return found;
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  return {};
}

/** @param {string} name of a field of the page */
function value(name) {
  const field = document.getElementsByName(name)[0];
  return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value : "";
}

prepare(document);
document.addEventListener("formset:added", (event) => {
  if (event.target instanceof HTMLElement) prepare(event.target);
});
