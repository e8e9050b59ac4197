// Compares the measurements of several radiographs of one patient. They are kept in this page
// and in the file that the user saves, never on the server.

import { make } from './dom.js';

const NORMAL_95 = 1.96; // 95 % of a normal distribution is within so many standard deviations
const FORMAT = { format: 'mmlandmark series', version: 1 };
const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT, EDGE] = [420, 150, 34]; // of the plot, in its units

function makeSvg(tag, attributes, text = '') {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

/** What the last column of the table means. */
function explanation() {
  return make('p', { className: 'small', textContent: 'Beyond the error: whether the change is '
    + 'larger than 1.96 standard deviations of its uncertainty. It is empty if a point was set by '
    + 'hand, because its expected error is then not known.' });
}

/** A function that maps the range of some values linearly to that from `from` to `to`. */
function linearScale(values, from, to) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return (v) => (high > low ? from + ((v - low) / (high - low)) * (to - from) : (from + to) / 2);
}

const isNumberOrNull = (value) => value === null || Number.isFinite(value);

const isRadiograph = (value) => typeof value?.name === 'string' && isNumberOrNull(value.age)
  && Array.isArray(value.values) && value.values.every((v) => (
  Array.isArray(v) && typeof v[0] === 'string' && typeof v[1] === 'string'
    && Number.isFinite(v[2]) && isNumberOrNull(v[3])));

const isSeries = (value) => value?.format === FORMAT.format && value.version === FORMAT.version
  && Array.isArray(value.radiographs) && value.radiographs.every(isRadiograph);

export class Growth {
  constructor(target) {
    this.target = target;
    // name, age in years or null, values: [measurement, unit, value, standard deviation or null]
    this.radiographs = [];
    this.shown = null; // the measurement of the plot
  }

  /** Keep a radiograph; one of the same name and age is replaced. */
  keep(name, age, rows) {
    const values = rows.map((row) => [row.measurement, row.unit, row.number, row.uncertainty]);
    const others = this.radiographs.filter((other) => other.name !== name || other.age !== age);
    this.set([...others, { name, age, values }]);
  }

  set(radiographs) {
    this.radiographs = radiographs;
    if (this.haveAges) this.radiographs = [...radiographs].sort((a, b) => a.age - b.age);
    this.show();
  }

  get haveAges() {
    return this.radiographs.every(({ age }) => age !== null);
  }

  file() {
    const text = JSON.stringify({ ...FORMAT, radiographs: this.radiographs });
    return new Blob([text], { type: 'application/json' });
  }

  /** Replace the radiographs by those of a saved file. */
  async open(file) {
    const series = await file.text().then(JSON.parse).catch(() => null);
    if (series?.films) series.radiographs ??= series.films; // the key of earlier versions
    if (!isSeries(series)) {
      throw new Error(`${file.name} is not a series: choose a file that "Save the series" wrote`);
    }
    this.set(series.radiographs);
  }

  /** The measurements that all radiographs have, in the unit of the first. */
  rows() {
    if (this.radiographs.length < 2) return [];
    const maps = this.radiographs.map(({ values }) => new Map(values.map((v) => [v[0], v])));
    return this.radiographs[0].values.map(([name, unit]) => {
      const found = maps.map((map) => map.get(name));
      if (found.some((v) => !v || v[1] !== unit)) return null;
      const [first, last] = [found[0], found.at(-1)];
      const sd = first[3] === null || last[3] === null ? null : Math.hypot(first[3], last[3]);
      const change = last[2] - first[2];
      const beyond = sd === null ? '' : Math.abs(change) > NORMAL_95 * sd ? 'yes' : 'no';
      return { name, unit, found, change, beyond };
    }).filter(Boolean);
  }

  show() {
    const rows = this.rows();
    const row = rows.find(({ name }) => name === this.shown) ?? rows[0];
    const list = make('ol', {}, ...this.radiographs.map((radiograph) => make('li', {},
      `${radiograph.name}${radiograph.age === null ? '' : `, ${radiograph.age} years`} `,
      make('button', { type: 'button', textContent: 'Remove',
        onclick: () => this.set(this.radiographs.filter((other) => other !== radiograph)) }))));
    const comparison = row ? [this.plot(row), this.table(rows), explanation()] : [];
    this.target.replaceChildren(list, ...comparison);
  }

  table(rows) {
    const cell = (textContent) => make('td', { className: 'n', textContent });
    const titles = ['', ...this.radiographs.map((_, i) => i + 1), 'Change', 'Beyond the error'];
    const head = titles.map((textContent) => make('th', { className: 'n', textContent }));
    return make('table', {}, make('tr', {}, ...head), ...rows.map((row) => make('tr', {},
      make('td', {}, make('button', { type: 'button', textContent: `${row.name}, ${row.unit}`,
        onclick: () => { this.shown = row.name; this.show(); } })),
      ...row.found.map((v) => cell(v[2].toFixed(1))),
      cell((row.change > 0 ? '+' : '') + row.change.toFixed(1)), cell(row.beyond))));
  }

  /** The values with 1.96 standard deviations over the age, or else over the number. */
  plot({ name, unit, found }) {
    const times = this.radiographs.map(({ age }, i) => (this.haveAges ? age : i + 1));
    // arithmetic treats null, an unknown standard deviation, as 0
    const spans = found.map((v) => [v[2] - NORMAL_95 * v[3], v[2] + NORMAL_95 * v[3]]);
    const x = linearScale(times, EDGE + 10, WIDTH - 20);
    const y = linearScale(spans.flat(), HEIGHT - EDGE, 24);
    const svg = makeSvg('svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': name });
    const title = `${name}, ${unit}, over ${this.haveAges ? 'years' : 'radiographs'}`;
    svg.append(makeSvg('text', { x: 4, y: 14 }, title),
      makeSvg('polyline', { points: found.map((v, i) => `${x(times[i])},${y(v[2])}`).join(' ') }));
    found.forEach((v, i) => svg.append(
      makeSvg('line', { x1: x(times[i]), x2: x(times[i]), y1: y(spans[i][0]), y2: y(spans[i][1]) }),
      makeSvg('circle', { cx: x(times[i]), cy: y(v[2]), r: 3 }),
      makeSvg('text', { x: x(times[i]) - 8, y: HEIGHT - 6 }, String(times[i])),
      makeSvg('text', { x: x(times[i]) + 6, y: y(v[2]) - 5 }, v[2].toFixed(1))));
    return svg;
  }
}
