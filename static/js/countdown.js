// Whoever asks for a lot in a short time has to wait: the page counts the seconds, then it goes on.

import { clock } from "./words.js";

// A longer wait is said and not counted: nobody sits through it.
export const LONGEST_WAIT = 600;

export class Countdown {
  /**
   * @param {number} seconds
   * @param {(left: string) => void} tell told each second what is left
   * @param {() => void} over called once, when the time is over and somebody looks at the page
   */
  constructor(seconds, tell, over) {
    const end = performance.now() + 1000 * seconds;
    const tick = () => {
      const left = Math.ceil((end - performance.now()) / 1000);
      tell(clock(Math.max(left, 0)));
      if (left > 0 || document.hidden) return;
      this.stop();
      over();
    };
    this.timer = setInterval(tick, 1000);
    tick();
  }

  stop() {
    clearInterval(this.timer);
  }
}
