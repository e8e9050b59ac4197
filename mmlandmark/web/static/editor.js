// The image with its points: choosing, dragging, keys, undo, the ruler.

import { Camera } from './camera.js';
import { draw } from './drawing.js';
import { History } from './history.js';
import { listen } from './pointers.js';

const STEPS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

export class Editor {
  /**
   * @param canvas
   * @param on `points()` when points changed, `choose()` when another one is chosen,
   *   `ruler()` when the ruler changed
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

  /** No image and no points. */
  clear() {
    this.image?.close();
    this.image = null;
    this.found = null;
    this.original = null;
    this.judged = null; // doubts as the server judged them, of the only head
    this.chosen = null;
    this.ruler = [];
    this.aiming = false; // at a ruler
    this.loupe = null;
    this.filter = 'none';
    this.history.clear();
  }

  setImage(image) {
    this.clear();
    this.image = image;
    this.resize(true);
  }

  /** Show points that were just found; what was there before can be had back by undo. */
  setFound(found) {
    if (this.found) this.history.keep(this.found);
    this.found = found;
    this.original = found;
    this.judged = null;
    this.chosen = null;
    this.changed();
  }

  get heads() {
    return this.found?.heads ?? [];
  }

  /** Whether a point waits to be checked. */
  isDoubtful(head, point) {
    const row = this.heads[head][point];
    return !row.moved && !row.checked && (this.judged?.[point] ?? row.low_confidence);
  }

  choose(chosen, show = false) {
    this.chosen = chosen;
    if (chosen && show) this.camera.show(this.row(chosen), this.view);
    this.on.choose();
    this.draw();
  }

  row({ head, point }) {
    return this.heads[head][point];
  }

  /** Choose the point so many places on in the list of all. */
  chooseNext(by) {
    const all = this.heads.flatMap((rows, head) => rows.map((_, point) => ({ head, point })));
    if (!all.length) return;
    const now = all.findIndex(
      ({ head, point }) => head === this.chosen?.head && point === this.chosen?.point);
    const next = now < 0 ? (by > 0 ? 0 : -1) : (now + by) % all.length;
    this.choose(all.at(next), true);
  }

  /** The points with some values of one of them changed. */
  withRow({ head, point }, values) {
    const heads = this.heads.map((rows, h) => (h !== head ? rows
      : rows.map((row, k) => (k === point ? { ...row, ...values } : row))));
    return { ...this.found, heads };
  }

  moveTo(chosen, { x, y }) {
    const { width, height } = this.image;
    const within = (value, size) => Math.min(size - 0.5, Math.max(-0.5, value));
    const round = (value) => Math.round(value * 100) / 100;
    this.found = this.withRow(chosen, {
      x: round(within(x, width)), y: round(within(y, height)), moved: true,
    });
    this.changed();
  }

  checkChosen() {
    if (!this.chosen || !this.isDoubtful(this.chosen.head, this.chosen.point)) return;
    this.history.keep(this.found);
    this.found = this.withRow(this.chosen, { checked: true });
    this.changed();
  }

  undo() {
    if (this.history.empty) return;
    const before = this.found.model;
    this.found = this.history.undo();
    if (this.found.model !== before) this.judged = this.chosen = null;
    this.changed();
  }

  reset() {
    if (!this.original || this.found === this.original) return;
    this.history.keep(this.found);
    this.found = this.original;
    this.changed();
  }

  changed() {
    this.on.points();
    this.draw();
  }

  aim(aiming) {
    this.aiming = aiming;
    if (aiming) this.ruler = [];
    this.canvas.classList.toggle('ruler', aiming);
    this.on.ruler();
    this.draw();
  }

  removeRuler() {
    this.ruler = [];
    this.aim(false);
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
    const chosen = this.chosen && this.camera.toCanvas(this.row(this.chosen));
    const { width, height } = this.view;
    this.camera.zoom(factor, chosen ?? { x: width / 2, y: height / 2 });
    this.draw();
  }

  draw() {
    if (!this.image || this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      if (!this.image) return;
      const doubtful = this.heads.map((rows, h) => rows.map((_, k) => this.isDoubtful(h, k)));
      const { image, filter, heads, chosen, ruler, loupe } = this;
      const lines = this.found?.lines ?? [];
      draw(this.context, this.view, this.camera,
        { image, filter, heads, doubtful, lines, chosen, ruler, loupe });
    });
  }

  /** The handle at a place: an end of the ruler or a point, whichever is nearest. */
  nearest(place, reach) {
    if (this.aiming) return null;
    const handles = [
      ...this.ruler.map((at, end) => ({ at, handle: { end } })),
      ...this.heads.flatMap((rows, head) => rows.map((at, point) => (
        { at, handle: { head, point } }))),
    ].filter(({ at }) => at.x !== null && at.y !== null);
    let best = null;
    for (const { at, handle } of handles) {
      const spot = this.camera.toCanvas(at);
      const far = Math.hypot(spot.x - place.x, spot.y - place.y);
      if (far < reach) {
        reach = far;
        best = handle;
      }
    }
    return best;
  }

  listen() {
    let start = null; // where the dragged handle was, and the points then
    const take = (handle, type) => {
      const at = 'end' in handle ? this.ruler[handle.end] : this.row(handle);
      start = { x: at.x, y: at.y, found: this.found, kept: false, touch: type !== 'mouse' };
      if (!('end' in handle)) this.choose(handle);
    };
    const drag = (handle, dx, dy) => {
      const to = { x: start.x + dx, y: start.y + dy };
      if (start.touch) this.loupe = to;
      if ('end' in handle) {
        this.ruler = this.ruler.map((at, end) => (end === handle.end ? to : at));
        this.on.ruler();
        this.draw();
        return;
      }
      if (!start.kept) this.history.keep(start.found);
      start.kept = true;
      this.moveTo(handle, to);
    };
    const drop = (handle, moved) => {
      this.loupe = null;
      if (!moved && start.kept) this.undo(); // a finger that became a pinch
      this.draw();
    };
    const tap = (place) => {
      if (this.aiming) this.addEnd(this.camera.toImage(place));
      else this.choose(null);
    };
    listen(this.canvas, this.camera, {
      nearest: (place, reach) => this.nearest(place, reach),
      take, drag, drop, tap,
      view: () => this.draw(),
      hover: (handle) => this.canvas.classList.toggle('on-point', handle !== null),
    });
    this.canvas.addEventListener('keydown', (event) => {
      if (this.found && this.key(event)) event.preventDefault();
    });
  }

  addEnd(place) {
    this.ruler = [...this.ruler, place];
    if (this.ruler.length === 2) this.aiming = false;
    this.canvas.classList.toggle('ruler', this.aiming);
    this.on.ruler();
    this.draw();
  }

  /** Do what a key stands for; whether it stands for anything. */
  key(event) {
    const { key } = event;
    const command = event.ctrlKey || event.metaKey;
    if (command) {
      if (key.toLowerCase() !== 'z') return false;
      this.undo();
      return true;
    }
    const actions = {
      n: () => this.chooseNext(1), p: () => this.chooseNext(-1),
      enter: () => this.checkChosen(), escape: () => this.choose(null),
      '+': () => this.zoom(1.4), '=': () => this.zoom(1.4), '-': () => this.zoom(1 / 1.4),
      0: () => this.fit(),
    };
    if (key in STEPS) return this.step(STEPS[key], event.shiftKey ? 10 : 1);
    const action = actions[key.toLowerCase()];
    action?.();
    return Boolean(action);
  }

  /** Move the chosen point by image pixels, or the image where none is chosen. */
  step([dx, dy], by) {
    if (!this.chosen) {
      this.camera.move(-40 * dx, -40 * dy);
      this.draw();
      return true;
    }
    const { x, y } = this.row(this.chosen);
    this.history.keep(this.found, `${this.chosen.head}/${this.chosen.point}`);
    this.moveTo(this.chosen, { x: x + dx * by, y: y + dy * by });
    this.camera.show(this.row(this.chosen), this.view);
    return true;
  }
}
