// The battle's page: two panes that stream, a vote, the names.

import { listenToKeys } from "./keys.js";
import { Pane, startClock } from "./panes.js";
import { post, showNames } from "./request.js";
import { Sides } from "./sides.js";
import { Stream } from "./stream.js";
import { keepTools, listenToTools } from "./tools.js";
import { listenToReveal, Votes } from "./vote.js";
import { announce, counted, showFor, word } from "./words.js";

const FINAL = ["voted", "skipped", "expired", "agreed"];
// Nobody waits for a model in these: a next battle may be prepared.
const READ = [...FINAL, "voting"];
// Between two looks whether a question is still being sent.
const SENDING_FOR = 500;
const MILESTONES = /** @type {Record<string, string>} */ ({
  generating: "coming",
  voting: "ready",
  failed: "failed",
  stopped: "stopped",
  skipped: "skipped",
  agreed: "agreed",
  answered: "answered",
});

const root = /** @type {HTMLElement} */ (document.getElementById("battle"));
const DRAFT = `arena.draft.${root.dataset.socket}`;
const dock = /** @type {HTMLElement} */ (root.querySelector(".dock"));
const ahead = /** @type {HTMLElement} */ (dock.querySelector("[data-ahead]"));
const title = document.title;
const panes = new Map(
  /** @type {HTMLElement[]} */ ([...root.querySelectorAll(".pane")]).map((pane) => [pane.dataset.side, new Pane(pane)]),
);
const ballot = /** @type {HTMLFormElement | null} */ (dock.querySelector(".votes"));
const place = /** @type {HTMLElement | null} */ (dock.querySelector("#reveal"));
// Only a blind battle has a vote, and names to show after it.
const votes = ballot && place && new Votes(ballot, place, showVoted, complain, showNewest);
const asking = /** @type {HTMLElement[]} */ ([...root.querySelectorAll(".asking")]);
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("asking"));
/** @type {import("./sending.js").Question | undefined | null} null where a part failed to load */
let question;
const sides = new Sides(root, panes, openVotes);
const stream = new Stream(root.dataset.socket ?? "", receive, showTrouble);

/** Makes the form ready once somebody turns to it, or had begun to write. */
async function prepareQuestion() {
  // A browser never asks again for a module that it once failed to get.
  const there = !question && (await fetch(new URL("./sending.js", import.meta.url)).catch(() => null));
  const module = there && there.ok && (await import("./sending.js").catch(() => (question = null)));
  const options = { draft: DRAFT, needsPicture: false, sent: () => location.reload() };
  return form && module ? (question ??= new module.Question(form, options)) : question;
}

/** @param {Event} event a question sent too early: it waits, or stays while the arena is away */
async function sendOnceReady(event) {
  const said = form?.querySelector(".form-error");
  if (question || (question === null && said?.textContent)) return; // tried again: without scripts
  event.preventDefault();
  sessionStorage.setItem(DRAFT, form?.querySelector("textarea")?.value ?? "");
  const ready = await prepareQuestion();
  if (said) announce((said.textContent = ready ? "" : word("offline")));
  ready?.send();
}

/** @param {import("./stream.js").SideFrame | import("./stream.js").BattleFrame} frame */
function receive(frame) {
  if (frame.type === "side") {
    panes.get(frame.side)?.apply(frame);
    sides.look();
    showOneStopped();
  } else if (frame.type === "battle") settle(frame);
}

/** The voter stopped one side alone: the dock says what that means for the vote. */
function showOneStopped() {
  const stopped = [...panes.values()].map((pane) => pane.root.dataset).filter(({ state }) => state === "stopped");
  const one = panes.size > 1 && stopped.length === 1 && !stopped[0]?.code;
  const was = root.hasAttribute("data-one-stopped");
  if (root.toggleAttribute("data-one-stopped", one) && !was) announce(word("one-stopped"));
}

/** @param {import("./stream.js").BattleFrame} frame */
function settle({ state, ahead: before }) {
  if (root.dataset.state === "voted" || votes?.sending) return;
  // A page that can't fetch the names has them once the server makes it anew.
  if (state === "voted") votes?.castElsewhere(root.dataset.reveal ?? "").catch(() => location.reload());
  if (state === "voted") return;
  ahead.textContent = queued(before);
  setState(state);
}

/** @param {string} state */
function setState(state) {
  if (FINAL.includes(state)) stream.close();
  announce(word(state === "voting" && !sides.bothSeen ? "see-both" : (MILESTONES[state] ?? "")));
  const news = word({ voting: "ready-title", answered: "answered-title" }[state] ?? "");
  document.title = news ? `${news} · ${title}` : title;
  root.dataset.state = state;
  openVotes();
  showFor(dock, state);
  if (READ.includes(state) && dock.querySelector("[data-prepare]")) {
    import("./prepare.js").then(({ prepareNext }) => prepareNext(dock));
  }
  for (const one of asking) one.toggleAttribute("hidden", !(one.dataset.when ?? "").split(" ").includes(state));
}

/** Both answers have to be finished, and seen. */
function openVotes() {
  const finished = root.dataset.state === "voting";
  const wasUnseen = root.hasAttribute("data-unseen");
  votes?.setOpen(finished && sides.bothSeen, finished ? "see-both" : "too-early");
  const isUnseen = root.toggleAttribute("data-unseen", finished && !sides.bothSeen);
  if (wasUnseen && finished && !isUnseen) announce(word("ready"));
}

/** @param {number | null} before how many answers stand before this battle's in the queue */
function queued(before) {
  if (before === null) return word("answering");
  return before === 0 ? word("next-in-line") : counted("ahead", before);
}

function showVoted() {
  setState("voted");
  keepTools(dock);
  const choice = dock.querySelector("[data-choice]")?.getAttribute("data-choice") ?? "";
  for (const [side, pane] of panes) {
    pane.root.toggleAttribute("data-chosen", choice === side || choice === "tie");
  }
  showNewest();
}

/** Names and facts leave the panes less room: the answers just judged stay in sight. */
function showNewest() {
  for (const pane of panes.values()) pane.toNewest();
}

/** @param {import("./stream.js").Trouble} trouble */
function showTrouble(trouble) {
  for (const notice of root.querySelectorAll("[data-trouble=lost], [data-trouble=blocked]")) {
    const shown = notice.getAttribute("data-trouble") === trouble;
    notice.toggleAttribute("hidden", !shown);
    if (shown) announce(notice.querySelector("p")?.textContent ?? "");
  }
  if (trouble === "gone") complain(word("gone"));
  if (trouble === "moved") showAnotherTurn();
}

/**
 * The newest question is another one: asked, changed or taken back, here or in another window. One
 * that is sent from here leads on by itself, unless the answer to it was lost.
 */
function showAnotherTurn() {
  if (question?.sending) setTimeout(showAnotherTurn, SENDING_FOR);
  else location.reload();
}

/** @param {string} message */
function complain(message) {
  const notice = /** @type {HTMLElement} */ (root.querySelector("[data-trouble=refused]"));
  notice.hidden = message === "";
  /** @type {HTMLElement} */ (notice.querySelector("p")).textContent = message;
  announce(message);
}

/**
 * @param {"stop" | "retry" | "skip"} deed
 * @param {Record<string, string>} [fields]
 */
async function act(deed, fields = {}) {
  complain("");
  try {
    await post(root.dataset[deed] ?? "", fields);
  } catch (error) {
    return complain(/** @type {Error} */ (error).message);
  }
  if (deed === "skip") setState("skipped");
  else stream.open();
}

for (const button of /** @type {NodeListOf<HTMLElement>} */ (dock.querySelectorAll("[data-do]"))) {
  button.addEventListener("click", () => act(/** @type {"stop"} */ (button.dataset.do)));
}
for (const button of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-stop-side]"))) {
  button.addEventListener("click", () => act("stop", { side: button.dataset.stopSide ?? "" }));
}
if (place) listenToReveal(place, complain);
const names = /** @type {HTMLElement | null} */ (dock.querySelector("[data-names]"));
if (place) names?.addEventListener("click", () => showNames(names, place, complain));
for (const pane of panes.values()) pane.setState(pane.root.dataset.state ?? "", pane.root.dataset.code ?? "");
openVotes();
showOneStopped();
for (const kind of ["focusin", "change"]) form?.addEventListener(kind, prepareQuestion);
form?.addEventListener("submit", sendOnceReady);
if (sessionStorage.getItem(DRAFT)) prepareQuestion();
startClock(root, [...panes.values()]);
listenToTools(root, [...panes.values()]);
listenToKeys(/** @type {HTMLInputElement | null} */ (document.querySelector("[data-keys]")));
if (!FINAL.includes(root.dataset.state ?? "")) stream.open();
