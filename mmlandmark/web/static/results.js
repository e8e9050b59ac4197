// The measurements as a table. All texts are set as text, never as HTML.

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Show a results; `before` maps measurements to the values that were shown last. */
export function showResults(target, results, colors, before) {
  const open = [...target.querySelectorAll('details')].map((d) => d.open);
  target.replaceChildren(
    heading(results),
    ...results.warnings.map((text) => make('p', { className: 'warn', textContent: text })),
    table(results.rows, colors, before),
    unavailable(results.not_measured),
    facts(results),
    ...results.remarks.map((text) => make('p', { className: 'small', textContent: text })),
  );
  [...target.querySelectorAll('details')].forEach((d, i) => (d.open = open[i] ?? false));
}

function heading(results) {
  const anb = results.anb ? ` ANB ${results.anb}` : '';
  return make('p', { className: 'class', id: 'class' }, results.skeletal_class,
    make('small', { textContent: anb }));
}

function table(rows, colors, before) {
  if (!rows.length) return make('p', { textContent: 'Nothing could be measured.' });
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
    body.append(line(row, colors, before));
  }
  return make('table', { id: 'measurements' }, make('thead', {}, head), body);
}

function line(row, colors, before) {
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
    make('td', { className: 'wide' }, bar(row.deviation_sd, color)));
  element.dataset.measurement = row.measurement;
  return element;
}

/** Where the value lies between -3 and 3 SD; the shade is 1 SD to either side. */
function bar(deviation, color) {
  if (deviation === null) return '';
  const mark = make('b');
  mark.style.left = `${50 + (Math.max(-2.9, Math.min(2.9, deviation)) * 50) / 3}%`;
  mark.style.background = color;
  return make('span', { className: 'bar' }, make('i'), mark);
}

function unavailable(groups) {
  if (!groups.length) return '';
  const count = groups.reduce((sum, { names }) => sum + names.length, 0);
  return make('details', {}, make('summary', { textContent: `Not measured: ${count}, and why` }),
    make('dl', {}, ...groups.flatMap(({ reason, names }) => [
      make('dt', { textContent: reason }),
      make('dd', { textContent: names.join(', ') })])));
}

function facts(results) {
  return make('details', {}, make('summary', { textContent: 'How it was measured' }),
    make('dl', {}, ...Object.entries(results.facts).flatMap(([key, value]) => [
      make('dt', { textContent: key }), make('dd', { textContent: value })])));
}
