// The battle's websocket: opens it, and opens it again when the line is cut. The server repeats
// everything so far at each opening, so there is nothing to remember here.

const FIRST_WAIT = 250;
const LONGEST_WAIT = 5000;
// A cut that the next try mends is not worth a word.
const LOST_AFTER = 2;
const BLOCKED_AFTER = 3;
const GONE = 4404;
const TOO_MANY = 4429;
const ANOTHER_TURN = 4205;
// So many failures, after which the longest wait begins.
const CALM = 6;

/**
 * @typedef {object} SideFrame
 * @property {"side"} type
 * @property {"a" | "b"} side
 * @property {number} attempt
 * @property {number} number
 * @property {"waiting" | "streaming" | "ended" | "failed" | "stopped"} state
 * @property {boolean} reset
 * @property {string} html sanitised by the server
 * @property {string} more plain text
 * @property {string} code
 * @property {import("./drawing.js").Place[] | null} places all of them, where they have changed
 *
 * @typedef {object} BattleFrame
 * @property {"battle"} type
 * @property {string} state
 * @property {number | null} ahead
 *
 * @typedef {"" | "lost" | "blocked" | "gone" | "moved"} Trouble
 */

export class Stream {
  /**
   * @param {string} path
   * @param {(frame: SideFrame | BattleFrame) => void} receive
   * @param {(trouble: Trouble) => void} troubled told at each change, "" when all is well
   */
  constructor(path, receive, troubled) {
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
    this.receive = receive;
    this.troubled = troubled;
    this.failures = 0;
    this.everOpen = false;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {number | undefined} */
    this.timer = undefined;
    addEventListener("online", () => this.timer !== undefined && this.open());
  }

  open() {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.socket) return;
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.addEventListener("open", () => this.opened());
    socket.addEventListener("message", (event) => this.receive(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.socket === socket && this.closed(event.code));
  }

  close() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  opened() {
    this.failures = 0;
    this.everOpen = true;
    this.troubled("");
  }

  /** @param {number} code */
  closed(code) {
    this.socket = null;
    if (code === GONE) return this.troubled("gone");
    if (code === ANOTHER_TURN) return this.troubled("moved");
    // Too many pages are open: as with a cut line, but not asked again at once.
    this.failures = code === TOO_MANY ? Math.max(this.failures + 1, CALM) : this.failures + 1;
    if (this.failures >= LOST_AFTER && this.everOpen) this.troubled("lost");
    if (this.failures >= BLOCKED_AFTER && !this.everOpen) this.troubled("blocked");
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.failures - 1));
    // Some spread, so that a restarted server is not met by everybody at once.
    this.timer = setTimeout(() => this.open(), wait * (0.8 + 0.4 * Math.random()));
  }
}
