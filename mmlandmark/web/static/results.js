// Shows the measurements of one radiograph.

import { make } from './dom.js';

/** Show the results; `before` maps measurements to the values shown last. */
export function showResults(target, results, colors, before) {
  const open = [...target.querySelectorAll('details')].map((d) => d.open);
  target.replaceChildren(
    skeletalClass(results),
    ...results.warnings.map((text) => make('p', { className: 'warning', textContent: text })),
    table(results.rows, colors, before),
    notMeasured(results.not_measured),
    facts(results),
    ...results.remarks.map((text) => make('p', { className: 'small', textContent: text })),
  );
  [...target.querySelectorAll('details')].forEach((d, i) => (d.open = open[i] ?? false));
}

function skeletalClass(results) {
  const anb = results.anb ? ` ANB ${results.anb}` : '';
  return make('p', { className: 'class', id: 'class' },
    make('small', { textContent: 'Skeletal class: ' }), results.skeletal_class,
    make('small', { textContent: anb }));
}

function table(rows, colors, before) {
  if (!rows.length) return make('p', { textContent: 'No measurement could be taken.' });
  const head = make('tr', {}, make('th', { textContent: 'Measurement' }),
    ...['Value', 'Norm', 'Deviation'].map((textContent) => (
      make('th', { className: 'n', textContent }))),
    make('th', { className: 'wide', textContent: '± 3 SD' }));
  const body = make('tbody');
  let analysis = null;
  for (const row of rows) {
    if (row.analysis !== analysis) {
      analysis = row.analysis;
      body.append(make('tr', {},
        make('th', { className: 'group', colSpan: 5, textContent: analysis })));
    }
    body.append(tableRow(row, colors, before));
  }
  return make('table', { id: 'measurements' }, make('thead', {}, head), body);
}

function tableRow(row, colors, before) {
  const changed = before.size && before.get(row.measurement) !== row.value;
  const color = colors[row.grade];
  const deviation = make('td', { className: 'n', textContent: row.deviation });
  deviation.style.color = color;
  deviation.style.fontWeight = 600;
  const element = make('tr', { className: changed ? 'changed' : '' },
    make('td', { title: row.note, textContent: row.measurement + (row.note ? ' *' : '') }),
    make('td', { className: 'n', textContent: row.value }),
    make('td', { className: 'n', textContent: row.norm }),
    deviation,
    make('td', { className: 'wide' }, deviationBar(row.deviation_sd, color)));
  element.dataset.measurement = row.measurement;
  return element;
}

/** The deviation on a bar from -3 to +3 SD; the shaded part is ±1 SD. */
function deviationBar(deviation, color) {
  if (deviation === null) return '';
  const mark = make('b');
  mark.style.left = `${50 + (Math.max(-2.9, Math.min(2.9, deviation)) * 50) / 3}%`;
  mark.style.background = color;
  return make('span', { className: 'bar' }, make('i'), mark);
}

function notMeasured(groups) {
  if (!groups.length) return '';
  const count = groups.reduce((sum, { names }) => sum + names.length, 0);
  return make('details', {}, make('summary', { textContent: `Not measured (${count})` }),
    make('dl', {}, ...groups.flatMap(({ reason, names }) => [
      make('dt', { textContent: reason }),
      make('dd', { textContent: names.join(', ') })])));
}

function facts(results) {
  return make('details', {}, make('summary', { textContent: 'Scale, facing, points and norms' }),
    make('dl', {}, ...Object.entries(results.facts).flatMap(([key, value]) => [
      make('dt', { textContent: key }), make('dd', { textContent: value })])));
}
