// The image with its points: selection, dragging, keys, undo and the ruler.

import { Camera } from './camera.js';
import { draw } from './drawing.js';
import { History } from './history.js';
import { listen } from './pointers.js';

const DIRECTIONS = { // on the screen: x to the right, y down
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

export class Editor {
  /**
   * @param canvas
   * @param on callbacks: `points()` when points changed, `select()` when another point is
   *   selected, `ruler()` when the ruler changed
   */
  constructor(canvas, on) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.on = on;
    this.camera = new Camera();
    this.history = new History();
    this.clear();
    this.listen();
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  /** Remove the image and the points. */
  clear() {
    this.image?.close();
    this.image = null;
    this.state = null;
    this.original = null;
    // per point of the only head, as the server measured it last; null before the first time
    this.lowConfidence = null;
    this.selected = null;
    this.ruler = [];
    this.measuringRuler = false; // the next click sets an end of the ruler
    this.magnified = null; // the point under a finger
    this.filter = 'none';
    this.history.clear();
  }

  setImage(image) {
    this.clear();
    this.image = image;
    this.camera.rotate(0, image);
    this.resize(true);
  }

  /** Rotate the image by quarter turns so that the head is upright. */
  showUpright() {
    const quarters = this.state?.quarter_turns ?? 0;
    if (quarters === this.camera.quarters) return;
    this.camera.rotate(quarters, this.image);
    this.camera.fit(this.image, this.view);
  }

  /**
   * Show newly detected points; undo restores the previous ones.
   *
   * @param state what the server detected, and the facing that was selected
   */
  setPoints(state) {
    if (this.state) this.history.keep(this.state);
    this.state = state;
    this.original = state;
    this.lowConfidence = null;
    this.selected = null;
    this.changed();
  }

  get heads() {
    return this.state?.heads ?? [];
  }

  /** Whether a point is of low confidence, and neither moved nor confirmed. */
  isLowConfidence(head, point) {
    const row = this.heads[head][point];
    return !row.moved && !row.checked && (this.lowConfidence?.[point] ?? row.low_confidence);
  }

  select(selected, show = false) {
    this.selected = selected;
    if (selected && show) this.camera.show(this.row(selected), this.view);
    this.on.select();
    this.draw();
  }

  row({ head, point }) {
    return this.heads[head][point];
  }

  /** Select the point `by` places later in the list of all points. */
  selectNext(by) {
    const all = this.heads.flatMap((rows, head) => rows.map((_, point) => ({ head, point })));
    if (!all.length) return;
    const now = all.findIndex(
      ({ head, point }) => head === this.selected?.head && point === this.selected?.point);
    const next = now < 0 ? (by > 0 ? 0 : -1) : (now + by) % all.length;
    this.select(all.at(next), true);
  }

  /** A copy of the state in which some values of one point are changed. */
  withRow({ head, point }, values) {
    const heads = this.heads.map((rows, h) => (h !== head ? rows
      : rows.map((row, k) => (k === point ? { ...row, ...values } : row))));
    return { ...this.state, heads };
  }

  moveTo(selected, { x, y }) {
    const { width, height } = this.image;
    const within = (value, size) => Math.min(size - 0.5, Math.max(-0.5, value));
    const round = (value) => Math.round(value * 100) / 100;
    this.state = this.withRow(selected, {
      x: round(within(x, width)), y: round(within(y, height)), moved: true,
    });
    this.changed();
  }

  confirmSelected() {
    if (!this.selected || !this.isLowConfidence(this.selected.head, this.selected.point)) return;
    this.history.keep(this.state);
    this.state = this.withRow(this.selected, { checked: true });
    this.changed();
  }

  undo() {
    if (this.history.empty) return;
    const before = this.state.model;
    this.state = this.history.undo();
    if (this.state.model !== before) this.lowConfidence = this.selected = null;
    this.changed();
  }

  reset() {
    if (!this.original || this.state === this.original) return;
    this.history.keep(this.state);
    this.state = this.original;
    this.changed();
  }

  changed() {
    this.showUpright();
    this.on.points();
    this.draw();
  }

  measureRuler(active) {
    this.measuringRuler = active;
    if (active) this.ruler = [];
    this.canvas.classList.toggle('ruler', active);
    this.on.ruler();
    this.draw();
  }

  removeRuler() {
    this.ruler = [];
    this.measureRuler(false);
  }

  get view() {
    return { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
  }

  resize(fit = false) {
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = this.view;
    if (!this.image || !width || !height) return;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (fit || this.camera.fitted) this.camera.fit(this.image, this.view);
    this.draw();
  }

  fit() {
    if (this.image) this.camera.fit(this.image, this.view);
    this.draw();
  }

  zoom(factor) {
    const selected = this.selected && this.camera.toCanvas(this.row(this.selected));
    const { width, height } = this.view;
    this.camera.zoom(factor, selected ?? { x: width / 2, y: height / 2 });
    this.draw();
  }

  draw() {
    if (!this.image || this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      if (!this.image) return;
      const lowConfidence = this.heads.map(
        (rows, h) => rows.map((_, k) => this.isLowConfidence(h, k)));
      const { image, filter, heads, selected, ruler, magnified } = this;
      const lines = this.state?.lines ?? [];
      draw(this.context, this.view, this.camera,
        { image, filter, heads, lowConfidence, lines, selected, ruler, magnified });
    });
  }

  /**
   * The nearest handle within a radius: `{ end }` of the ruler, or `{ head, point }`; null
   * if there is none.
   */
  nearest(place, radius) {
    if (this.measuringRuler) return null;
    const handles = [
      ...this.ruler.map((at, end) => ({ at, handle: { end } })),
      ...this.heads.flatMap((rows, head) => rows.map((at, point) => (
        { at, handle: { head, point } }))),
    ].filter(({ at }) => at.x !== null && at.y !== null);
    let best = null;
    for (const { at, handle } of handles) {
      const spot = this.camera.toCanvas(at);
      const distance = Math.hypot(spot.x - place.x, spot.y - place.y);
      if (distance < radius) {
        radius = distance;
        best = handle;
      }
    }
    return best;
  }

  listen() {
    let start = null; // position of the handle and the state before the drag
    const dragStart = (handle, type) => {
      const at = 'end' in handle ? this.ruler[handle.end] : this.row(handle);
      start = { x: at.x, y: at.y, state: this.state, kept: false, touch: type !== 'mouse' };
      if (!('end' in handle)) this.select(handle);
    };
    const drag = (handle, dx, dy) => {
      const to = { x: start.x + dx, y: start.y + dy };
      if (start.touch) this.magnified = to;
      if ('end' in handle) {
        this.moveRulerEnd(handle.end, to);
        return;
      }
      if (!start.kept) this.history.keep(start.state);
      start.kept = true;
      this.moveTo(handle, to);
    };
    const dragEnd = (handle, moved) => {
      this.magnified = null;
      if (!moved && start.kept) this.undo(); // the finger was the first of two that zoom
      this.draw();
    };
    const tap = (place) => {
      if (this.measuringRuler) this.addRulerEnd(this.camera.toImage(place));
      else this.select(null);
    };
    listen(this.canvas, this.camera, {
      nearest: (place, radius) => this.nearest(place, radius),
      dragStart, drag, dragEnd, tap,
      view: () => this.draw(),
      hover: (handle) => this.canvas.classList.toggle('on-point', handle !== null),
    });
    this.canvas.addEventListener('keydown', (event) => {
      if (this.state && this.key(event)) event.preventDefault();
    });
  }

  moveRulerEnd(moved, to) {
    this.ruler = this.ruler.map((at, end) => (end === moved ? to : at));
    this.on.ruler();
    this.draw();
  }

  addRulerEnd(place) {
    this.ruler = [...this.ruler, place];
    if (this.ruler.length === 2) this.measuringRuler = false;
    this.canvas.classList.toggle('ruler', this.measuringRuler);
    this.on.ruler();
    this.draw();
  }

  /** Carry out the action of a key; returns whether it has one. */
  key(event) {
    const { key } = event;
    if (event.ctrlKey || event.metaKey) {
      if (key.toLowerCase() !== 'z') return false;
      this.undo();
      return true;
    }
    const actions = {
      n: () => this.selectNext(1), p: () => this.selectNext(-1),
      enter: () => this.confirmSelected(), escape: () => this.select(null),
      '+': () => this.zoom(1.4), '=': () => this.zoom(1.4), '-': () => this.zoom(1 / 1.4),
      0: () => this.fit(),
    };
    if (key in DIRECTIONS) return this.step(DIRECTIONS[key], event.shiftKey ? 10 : 1);
    const action = actions[key.toLowerCase()];
    action?.();
    return Boolean(action);
  }

  /** Move the selected point by image pixels, or the image if no point is selected. */
  step(direction, by) {
    if (!this.selected) {
      this.camera.move(-40 * direction[0], -40 * direction[1]);
      this.draw();
      return true;
    }
    const [dx, dy] = this.camera.rotateBack(...direction);
    const { x, y } = this.row(this.selected);
    this.history.keep(this.state, `${this.selected.head}/${this.selected.point}`);
    this.moveTo(this.selected, { x: x + dx * by, y: y + dy * by });
    this.camera.show(this.row(this.selected), this.view);
    return true;
  }
}
