// What can be undone: the points before each change. States are never changed in place.

const BURST = 900; // ms within which moves of one point by keys are one change

export class History {
  constructor() {
    this.clear();
  }

  clear() {
    this.states = [];
    this.last = { what: null, time: 0 };
  }

  /** Keep a state, unless it is one more step of the same burst (`what` names it). */
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
