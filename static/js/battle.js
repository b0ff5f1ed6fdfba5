// The battle's page: two panes that stream, a vote, the names.

import { announce } from "./announce.js";
import { listenToKeys } from "./keys.js";
import { enlarge } from "./lightbox.js";
import { Pane } from "./panes.js";
import { post } from "./request.js";
import { showFor } from "./states.js";
import { Stream } from "./stream.js";
import { Votes } from "./vote.js";
import { counted, word } from "./words.js";

const FINAL = ["voted", "skipped", "expired"];
const MILESTONES = /** @type {Record<string, string>} */ ({
  generating: "coming",
  voting: "ready",
  failed: "failed",
  stopped: "stopped",
});

const root = /** @type {HTMLElement} */ (document.getElementById("battle"));
const dock = /** @type {HTMLElement} */ (root.querySelector(".dock"));
const ahead = /** @type {HTMLElement} */ (dock.querySelector("[data-ahead]"));
const title = document.title;
const panes = new Map(
  /** @type {HTMLElement[]} */ ([...root.querySelectorAll(".pane")]).map((pane) => [pane.dataset.side, new Pane(pane)]),
);
const votes = new Votes(
  /** @type {HTMLFormElement} */ (dock.querySelector(".votes")),
  /** @type {HTMLElement} */ (dock.querySelector("#reveal")),
  showVoted,
  complain,
);
const stream = new Stream(root.dataset.socket ?? "", receive, showTrouble);

/** @param {import("./stream.js").SideFrame | import("./stream.js").BattleFrame} frame */
function receive(frame) {
  if (frame.type === "side") panes.get(frame.side)?.apply(frame);
  else if (frame.type === "battle") settle(frame);
}

/** @param {import("./stream.js").BattleFrame} frame */
function settle({ state, ahead: before }) {
  if (root.dataset.state === "voted" || votes.sending) return;
  if (state === "voted") return showElsewhere();
  ahead.textContent = place(before);
  setState(state);
}

/** A page that can't fetch the names has them once the server makes it anew. */
function showElsewhere() {
  votes.castElsewhere(root.dataset.reveal ?? "").catch(() => location.reload());
}

/** @param {string} state */
function setState(state) {
  if (FINAL.includes(state)) stream.close();
  announce(word(MILESTONES[state] ?? ""));
  document.title = state === "voting" ? `${word("ready-title")} · ${title}` : title;
  votes.setOpen(state === "voting");
  root.dataset.state = state;
  showFor(dock, state);
}

/** @param {number | null} before how many answers stand before this battle's in the queue */
function place(before) {
  if (before === null) return word("answering");
  return before === 0 ? word("next-in-line") : counted("ahead", before);
}

function showVoted() {
  setState("voted");
  const choice = dock.querySelector("[data-choice]")?.getAttribute("data-choice") ?? "";
  for (const [side, pane] of panes) {
    pane.root.toggleAttribute("data-chosen", choice === side || choice === "tie");
  }
}

/** @param {import("./stream.js").Trouble} trouble */
function showTrouble(trouble) {
  for (const notice of root.querySelectorAll("[data-trouble=lost], [data-trouble=blocked]")) {
    const shown = notice.getAttribute("data-trouble") === trouble;
    notice.toggleAttribute("hidden", !shown);
    if (shown) announce(notice.querySelector("p")?.textContent ?? "");
  }
  if (trouble === "gone") complain(word("gone"));
}

/** @param {string} message */
function complain(message) {
  const notice = /** @type {HTMLElement} */ (root.querySelector("[data-trouble=refused]"));
  notice.hidden = message === "";
  /** @type {HTMLElement} */ (notice.querySelector("p")).textContent = message;
  announce(message);
}

/** @param {"stop" | "retry" | "skip"} deed */
async function act(deed) {
  complain("");
  try {
    await post(root.dataset[deed] ?? "");
  } catch (error) {
    return complain(/** @type {Error} */ (error).message);
  }
  if (deed === "skip") location.assign(root.dataset.home ?? "/");
  else stream.open();
}

for (const button of /** @type {NodeListOf<HTMLElement>} */ (dock.querySelectorAll("[data-do]"))) {
  button.addEventListener("click", () => act(/** @type {"stop"} */ (button.dataset.do)));
}
for (const pane of panes.values()) pane.setState(pane.root.dataset.state ?? "", pane.root.dataset.code ?? "");
const picture = /** @type {HTMLElement | null} */ (document.querySelector("[data-enlarge]"));
if (picture) enlarge(picture, /** @type {HTMLDialogElement} */ (document.querySelector(".lightbox")));
listenToKeys(/** @type {HTMLInputElement | null} */ (document.querySelector("[data-keys]")));
if (!FINAL.includes(root.dataset.state ?? "")) stream.open();
