// Keeps the open leaderboard at the newest snapshot. The socket says which one that is; the table
// comes as a fragment, so that what is shown is what a reload would show.

import { Stream } from "./stream.js";

const ASK_EVERY = 10_000;
const RENEW_EVERY = 30 * 60_000;

const board = document.getElementById("standings");
const status = document.getElementById("live");

let asking = false;
let askAgain = false;

function shownEtag() {
  return board?.querySelector("[data-etag]")?.getAttribute("data-etag") ?? "";
}

/** One request at a time; whatever is missed while it runs is fetched by one more behind it. */
async function refresh() {
  askAgain = asking;
  if (asking || !board?.dataset.fragment) return;
  asking = true;
  try {
    const answer = await fetch(board.dataset.fragment, { cache: "no-cache" });
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
  const focused = document.activeElement;
  const link = board.contains(focused) && focused?.getAttribute("href");
  const scrolled = board.querySelector(".board")?.scrollLeft ?? 0;
  board.innerHTML = html;
  board.querySelector(".board")?.scrollTo({ left: scrolled });
  if (link) [...board.querySelectorAll("a")].find((a) => a.getAttribute("href") === link)?.focus();
}

/** @param {"" | "lost" | "blocked" | "gone"} trouble */
function say(trouble) {
  if (!status) return;
  const words = { "": "live", lost: "cut", blocked: "blocked", gone: "cut" };
  status.textContent = status.dataset[words[trouble]] ?? "";
  blocked = trouble !== "";
}

let blocked = false;

const stream = new Stream(
  "/ws/leaderboard",
  (/** @type {any} */ message) => {
    if (message.type === "snapshot" && message.etag !== shownEtag()) refresh();
  },
  say,
);

if (board) {
  stream.open();
  setInterval(() => blocked && refresh(), ASK_EVERY);
  // The server forgets a listener after an hour.
  setInterval(() => {
    stream.close();
    stream.open();
  }, RENEW_EVERY);
}
