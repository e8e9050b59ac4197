// Undo history: the state before each change. States are never modified in place.

const MERGE_MS = 900; // key presses within this time are undone together

export class History {
  constructor() {
    this.clear();
  }

  clear() {
    this.states = [];
    this.last = { what: null, time: 0 };
  }

  /**
   * Keep the state before a change.
   *
   * @param state
   * @param what name of the change; changes of the same name in quick succession are undone
   *   together, null is never joined
   */
  keep(state, what = null) {
    const time = performance.now();
    const same = what !== null && what === this.last.what && time - this.last.time < MERGE_MS;
    if (!same) this.states.push(state);
    this.last = { what, time };
  }

  get empty() {
    return this.states.length === 0;
  }

  undo() {
    this.last = { what: null, time: 0 };
    return this.states.pop();
  }
}
