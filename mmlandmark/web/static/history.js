// Undo history: the state before each change. States are never modified in place.

const BURST = 900; // ms within which key moves of one point count as one change

export class History {
  constructor() {
    this.clear();
  }

  clear() {
    this.states = [];
    this.last = { what: null, time: 0 };
  }

  /** Keep a state, unless it belongs to the same burst of changes, named by `what`. */
  keep(state, what = null) {
    const time = performance.now();
    const same = what !== null && what === this.last.what && time - this.last.time < BURST;
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
