// Measurements of several radiographs of one patient. They are kept in this page and in the
// file that the user saves, never on the server. All text is set as text, never as HTML.

const BEYOND = 1.96; // a change beyond so many of its standard deviations
const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT, EDGE] = [420, 150, 34];

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function draw(tag, attributes, text = '') {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

export class Growth {
  constructor(target) {
    this.target = target;
    this.films = []; // name, age or null, values: [measurement, unit, value, SD or null]
    this.shown = null; // the measurement of the plot
  }

  /** Keep a radiograph; one of the same name and age is replaced. */
  keep(name, age, rows) {
    const values = rows.map((row) => [row.measurement, row.unit, row.number, row.uncertainty]);
    const others = this.films.filter((film) => film.name !== name || film.age !== age);
    this.set([...others, { name, age, values }]);
  }

  set(films) {
    const aged = films.every((film) => film.age !== null);
    this.films = aged ? [...films].sort((a, b) => a.age - b.age) : films;
    this.show();
  }

  file() {
    const text = JSON.stringify({ format: 'mmlandmark series', version: 1, films: this.films });
    return new Blob([text], { type: 'application/json' });
  }

  /** Replace the radiographs by those of a saved file. */
  async open(file) {
    const found = await file.text().then(JSON.parse).catch(() => null);
    const number = (value) => value === null || Number.isFinite(value);
    const sound = found?.format === 'mmlandmark series' && found.version === 1
      && Array.isArray(found.films) && found.films.every((film) => (
      typeof film?.name === 'string' && number(film.age) && Array.isArray(film.values)
      && film.values.every((v) => Array.isArray(v) && typeof v[0] === 'string'
        && typeof v[1] === 'string' && Number.isFinite(v[2]) && number(v[3]))));
    if (!sound) throw new Error(`${file.name} is not a series that this page has saved`);
    this.set(found.films);
  }

  /** The measurements that all radiographs have, in the unit of the first. */
  rows() {
    const maps = this.films.map((film) => new Map(film.values.map((v) => [v[0], v])));
    return this.films.length < 2 ? [] : this.films[0].values.map(([name, unit]) => {
      const found = maps.map((map) => map.get(name));
      if (found.some((v) => !v || v[1] !== unit)) return null;
      const [first, last] = [found[0], found.at(-1)];
      const sd = first[3] === null || last[3] === null ? null : Math.hypot(first[3], last[3]);
      const change = last[2] - first[2];
      const beyond = sd === null ? '' : Math.abs(change) > BEYOND * sd ? 'yes' : 'no';
      return { name, unit, found, change, beyond };
    }).filter(Boolean);
  }

  show() {
    const rows = this.rows();
    const row = rows.find(({ name }) => name === this.shown) ?? rows[0];
    const list = make('ol', {}, ...this.films.map((film) => make('li', {},
      `${film.name}${film.age === null ? '' : `, ${film.age} years`} `,
      make('button', { type: 'button', textContent: 'Remove',
        onclick: () => this.set(this.films.filter((other) => other !== film)) }))));
    this.target.replaceChildren(list, ...(row ? [this.plot(row), this.table(rows)] : []));
  }

  table(rows) {
    const cell = (textContent) => make('td', { className: 'n', textContent });
    const head = ['', ...this.films.map((_, i) => i + 1), 'Change', 'Beyond the error'];
    return make('table', {}, make('tr', {}, ...head.map((textContent) => (
      make('th', { className: 'n', textContent })))), ...rows.map((row) => make('tr', {},
      make('td', {}, make('button', { type: 'button', textContent: `${row.name}, ${row.unit}`,
        onclick: () => { this.shown = row.name; this.show(); } })),
      ...row.found.map((v) => cell(v[2].toFixed(1))),
      cell((row.change > 0 ? '+' : '') + row.change.toFixed(1)), cell(row.beyond))));
  }

  /** The values with 1.96 standard deviations over the age, or else the number. */
  plot({ name, unit, found }) {
    const aged = this.films.every((film) => film.age !== null);
    const times = this.films.map((film, i) => (aged ? film.age : i + 1));
    const spans = found.map((v) => [v[2] - BEYOND * v[3], v[2] + BEYOND * v[3]]); // null is 0
    const scale = (values, from, to) => {
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return (v) => (high > low ? from + ((v - low) / (high - low)) * (to - from) : (from + to) / 2);
    };
    const x = scale(times, EDGE + 10, WIDTH - 20);
    const y = scale(spans.flat(), HEIGHT - EDGE, 24);
    const svg = draw('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': name });
    svg.append(draw('text', { x: 4, y: 14 }, `${name}, ${unit}, over ${aged ? 'years' : 'radiographs'}`),
      draw('polyline', { points: found.map((v, i) => `${x(times[i])},${y(v[2])}`).join(' ') }));
    found.forEach((v, i) => svg.append(
      draw('line', { x1: x(times[i]), x2: x(times[i]), y1: y(spans[i][0]), y2: y(spans[i][1]) }),
      draw('circle', { cx: x(times[i]), cy: y(v[2]), r: 3 }),
      draw('text', { x: x(times[i]) - 8, y: HEIGHT - 6 }, String(times[i])),
      draw('text', { x: x(times[i]) + 6, y: y(v[2]) - 5 }, v[2].toFixed(1))));
    return svg;
  }
}
