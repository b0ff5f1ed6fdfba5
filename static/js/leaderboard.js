// Keeps an open board at its newest snapshot, and at what the form above it asks for. The socket
// says which snapshot that is; the table comes as a fragment, so that what is shown is what a
// reload of the address would show.

import { Stream } from "./stream.js";
import { locale } from "./words.js";

const ASK_EVERY = 10_000;
const RENEW_EVERY = 30 * 60_000;
const TICK_EVERY = 20_000;
const TYPING = 200;
const AGES = /** @type {const} */ ([["day", 86_400], ["hour", 3600], ["minute", 60]]);

const board = document.getElementById("standings");
const status = document.getElementById("live");
const count = document.getElementById("count");
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("narrow"));

let asking = false;
let askAgain = false;
let blocked = false;
let typing = 0;
let narrowed = false;

function shownEtag() {
  return board?.querySelector("[data-etag]")?.getAttribute("data-etag") ?? "";
}

/** One request at a time; whatever is missed while it runs is fetched by one more behind it. */
async function refresh() {
  askAgain = asking;
  if (asking) return;
  asking = true;
  try {
    const address = new URL(location.href);
    address.searchParams.set("fragment", "table");
    const answer = await fetch(address, { cache: "no-cache" });
    if (answer.ok) show(await answer.text());
  } catch {
    // Offline: the socket's next opening or the next tick asks again.
  } finally {
    asking = false;
    if (askAgain) refresh();
  }
}

/** @param {string} html rendered by the server, from its own template */
function show(html) {
  if (!board) return;
  const active = board.contains(document.activeElement) ? document.activeElement : null;
  const [key, place] = [keyOf(active), twins(keyOf(active)).indexOf(/** @type {HTMLElement} */ (active))];
  const open = [...board.querySelectorAll("details[open]")].map((one) => one.id);
  const scrolled = board.querySelector(".board")?.scrollLeft ?? 0;
  board.innerHTML = html;
  board.querySelector(".board")?.scrollTo({ left: scrolled });
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  // "Show all" goes with the click on it: then on to where the next search begins.
  if (active) (twins(key)[place] ?? document.getElementById("q"))?.focus();
  if (narrowed && !askAgain) tellCount();
  tellAge();
}

/** What names the same thing in the next fragment: a heading's address changes with each click. */
function keyOf(/** @type {Element | null} */ element) {
  return element?.getAttribute("data-key") ?? element?.getAttribute("href") ?? element?.tagName ?? "";
}

/**
 * The table's own first: what changed may name a model too, and comes and goes below the table.
 * @param {string} key
 * @returns {HTMLElement[]}
 */
function twins(key) {
  const all = [...(board?.querySelectorAll("a, summary, [tabindex]") ?? [])];
  return /** @type {HTMLElement[]} */ (all.filter((one) => keyOf(one) === key));
}

/** Search, filters and order go into the address, so that it can be kept and passed on. */
function narrow() {
  if (!form) return;
  const asked = [...new FormData(form)].filter(([, value]) => value !== "");
  const query = new URLSearchParams(/** @type {string[][]} */ (asked)).toString();
  history.replaceState(null, "", location.pathname + (query && `?${query}`));
  narrowed = true;
  refresh();
}

/** To those who don't see the table shrink while they type. */
function tellCount() {
  narrowed = false;
  if (count) count.textContent = board?.querySelector("[data-count]")?.firstChild?.textContent?.trim() ?? "";
}

/** The form as the address has it. */
function fillForm() {
  const asked = new URLSearchParams(location.search);
  for (const field of form?.elements ?? []) {
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = asked.get(field.name) ?? "";
  }
}

/** A heading or "Show all" inside the table leads to the same page under another query. */
function follow(/** @type {MouseEvent} */ click) {
  const link = click.target instanceof Element ? click.target.closest("a[data-key]") : null;
  const plain = !(click.ctrlKey || click.metaKey || click.shiftKey || click.altKey);
  if (!(link instanceof HTMLAnchorElement) || link.pathname !== location.pathname || !plain) return;
  click.preventDefault();
  history.pushState(null, "", link.href);
  fillForm();
  refresh();
}

/** "3 minutes ago" moves on while nobody votes. */
function tellAge() {
  const time = board?.querySelector("[data-age]");
  if (!(time instanceof HTMLTimeElement)) return;
  const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const [unit, length] = AGES.find(([, span]) => seconds >= span) ?? ["second", 1];
  time.textContent = words.format(-Math.max(0, Math.floor(seconds / length)), unit);
}

/** @param {import("./stream.js").Trouble} trouble */
function say(trouble) {
  if (!status) return;
  const words = { "": "live", lost: "cut", blocked: "blocked", gone: "cut", moved: "cut" };
  status.textContent = status.dataset[words[trouble]] ?? "";
  blocked = trouble !== "";
}

if (board) {
  const stream = new Stream(
    `/ws/leaderboard/${board.dataset.board}`,
    (/** @type {any} */ message) => {
      if (message.type === "snapshot" && message.etag !== shownEtag()) refresh();
    },
    say,
  );
  stream.open();
  setInterval(() => blocked && refresh(), ASK_EVERY);
  // The server forgets a listener after an hour.
  setInterval(() => {
    stream.close();
    stream.open();
  }, RENEW_EVERY);
  setInterval(tellAge, TICK_EVERY);
  tellAge();
  board.addEventListener("click", follow);
  addEventListener("popstate", () => {
    fillForm();
    refresh();
  });
}

if (form) {
  // Choosing is enough; the button is for those without scripts.
  document.getElementById("narrow-send")?.setAttribute("hidden", "");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    narrow();
  });
  form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(narrow, TYPING);
  });
}
