// The page: opens images, sends requests to the server and shows the results.

import { Editor } from './editor.js';
import { Growth } from './growth.js';
import { showResults } from './results.js';
import * as server from './server.js';

const get = (id) => document.getElementById(id);
const editor = new Editor(get('canvas'), {
  points: onPoints, select: showSelected, ruler: onRuler,
});
const growth = new Growth(get('growth'));
let options = null; // choices from the server
let image = null; // key, name, width, height and scale from the server, and the file
let values = new Map(); // names of measurements to the values shown last
let measured = null; // rows of the measurements and the age; null while they are outdated

function showError(where, error) {
  get(where).textContent = error?.message ?? error ?? '';
  get(where).hidden = !error;
}

async function start() {
  try {
    options = await server.getOptions();
  } catch (error) {
    showError('error', error);
    return;
  }
  for (const { name, points, lateral } of options.models) {
    const text = `${name} – ${points} points of a ${lateral ? 'lateral radiograph' : 'face'}`;
    get('model').add(new Option(text, name));
  }
  fill('facing', 'automatic', options.facings);
  fill('sex', 'not given', options.sexes);
  get('disclaimer').textContent = options.disclaimer;
  get('file').accept = options.suffixes.join(',');
  get('empty-kinds').textContent =
    'A lateral radiograph of a head, or a photograph of faces: select the detector for it above. ' +
    `Files: ${options.suffixes.join(' ')}, up to ${options.max_mb} MB.`;
  get('promise').textContent = 'The image stays in the memory of the computer that serves ' +
    'this page. It is deleted when you close the page, or after ' +
    `${options.idle_minutes} minutes without use.`;
  modelChanged();
}

function fill(id, none, choices) {
  get(id).add(new Option(none, ''));
  for (const choice of choices) get(id).add(new Option(choice));
}

const isLateral = (name) => options.models.find((model) => model.name === name)?.lateral;

function modelChanged() {
  get('facing-label').hidden = !isLateral(get('model').value);
}

// ---- an image ----

/** Send an image file to the server, show the image and detect its points. */
async function open(file) {
  if (!options || !file) return;
  showError('error', null);
  get('remarks').hidden = true;
  if (file.size > options.max_mb * 1e6) {
    const size = (file.size / 1e6).toFixed(1);
    showError('error', `${file.name} has ${size} MB, the limit is ${options.max_mb} MB: ` +
      'reduce the size of the image');
    return;
  }
  let opened = false;
  await busy('Reading the image …', async () => {
    const sent = await server.sendImage(file);
    const picture = await server.getPicture(sent.key);
    if (image) server.deleteImage(image.key);
    image = { ...sent, file };
    resetInputs();
    editor.setImage(picture);
    onRuler();
    opened = true;
  });
  if (opened) await detect();
}

/** Show the new image without points, and the inputs with their values for it. */
function resetInputs() {
  values = new Map();
  measured = null;
  for (const id of ['canvas', 'zoom', 'results']) get(id).hidden = false;
  for (const id of ['empty', 'panel', 'bar', 'where', 'keys']) get(id).hidden = true;
  get('image-name').textContent = `${image.name}, ${image.width} × ${image.height}`;
  for (const id of ['age', 'sex', 'facing']) get(id).value = '';
  get('mm-per-px').value = image.mm_per_px ?? '';
  get('scale-from').textContent =
    `Image file: ${image.mm_per_px} mm per pixel (${image.scale_from}).`;
  get('scale-from').hidden = !image.mm_per_px;
  for (const id of ['brightness', 'contrast']) get(id).value = 100;
}

/** Send a request about an image; sends the image again if the server has deleted it. */
async function withImage(target, work) {
  const { key } = target;
  try {
    return await work(key);
  } catch (error) {
    if (!error.expired) throw error;
    // of several requests at the same time, only the first sends the image again
    if (target.key === key) {
      target.sending ??= server.sendImage(target.file).finally(() => (target.sending = null));
    }
    if (target.sending) target.key = (await target.sending).key;
    return work(target.key);
  }
}

async function detect() {
  const [model, facing] = [get('model').value, get('facing').value];
  await busy(`Detecting points with ${model} … (the first time takes longer)`, async () => {
    const target = image;
    const found = await withImage(target, (key) => server.detectPoints(key, model, facing));
    if (target !== image) return;
    const { remarks, ...points } = found;
    editor.setPoints({ ...points, facing });
    get('remarks').textContent = remarks.join(' ');
    get('remarks').hidden = !remarks.length;
  });
}

/** Show a text and lock the inputs while `work` runs; show its error. */
async function busy(text, work) {
  get('busy').textContent = text;
  get('busy').hidden = false;
  document.body.setAttribute('aria-busy', 'true');
  const inputs = ['file', 'model', 'facing'].map(get);
  for (const input of inputs) input.disabled = true;
  try {
    showError('error', null);
    await work();
  } catch (error) {
    showError('error', error);
  } finally {
    get('busy').hidden = true;
    document.body.removeAttribute('aria-busy');
    for (const input of inputs) input.disabled = false;
  }
}

// ---- its points ----

function onPoints() {
  const { state } = editor;
  get('model').value = state.model; // undo may have changed them
  get('facing').value = state.facing;
  modelChanged();
  for (const id of ['bar', 'where', 'keys', 'panel']) get(id).hidden = false;
  document.querySelector('main').classList.remove('alone');
  for (const id of ['scale', 'norms', 'results', 'over-time']) get(id).hidden = !state.lateral;
  listPoints(state);
  listDownloads(state.lateral);
  showSelected();
  measure();
}

function listPoints({ heads }) {
  const many = heads.length > 1;
  const texts = heads.flatMap((rows, head) => rows.map((row, point) => {
    const mark = editor.isLowConfidence(head, point) ? ' – low confidence'
      : row.moved ? ' – moved' : row.checked ? ' – confirmed' : '';
    const face = many ? `face ${head + 1}: ` : '';
    return [`${face}${row.label === row.name ? '' : `${row.label} `}${row.name}${mark}`,
      `${head}/${point}`];
  }));
  const select = get('point');
  if (select.length !== texts.length + 1) {
    select.replaceChildren(new Option('no point selected', ''),
      ...texts.map(([text, value]) => new Option(text, value)));
  }
  texts.forEach(([text, value], i) => Object.assign(select.options[i + 1], {
    textContent: text, title: definition(value.split('/')[1]),
  }));
}

/** The definition of a point and its source; empty if there is none. */
function definition(point) {
  return editor.state?.definitions?.[point] ?? '';
}

function showSelected() {
  const { selected } = editor;
  get('point').value = selected ? `${selected.head}/${selected.point}` : '';
  for (const id of ['point', 'where']) get(id).title = selected ? definition(selected.point) : '';
  get('confirm').disabled = !selected || !editor.isLowConfidence(selected.head, selected.point);
  get('undo').disabled = editor.history.empty;
  get('reset').disabled = editor.state === editor.original;
  get('where').textContent = selected ? describe(editor.row(selected), selected) : summary();
}

function describe(row, { head, point }) {
  const error = !row.moved && row.expected_error != null
    ? `, expected error ${row.expected_error.toFixed(1)} px` : '';
  const state = row.moved ? ', set by you' : editor.isLowConfidence(head, point)
    ? ', low confidence: correct or confirm its position' : row.checked ? ', confirmed by you' : '';
  const place = `x ${row.x.toFixed(1)}, y ${row.y.toFixed(1)}`;
  return `${row.label} (${row.name}): ${place}${error}${state}`;
}

function summary() {
  const count = editor.heads.flatMap((rows, head) => rows.filter(
    (_, point) => editor.isLowConfidence(head, point))).length;
  const faces = editor.heads.length > 1 ? `${editor.heads.length} faces. ` : '';
  if (!count) return `${faces}Select a point to see its coordinates.`;
  return faces + (count === 1
    ? '1 point of low confidence (amber ring): drag it to its place, or select and confirm it.'
    : `${count} points of low confidence (amber rings): drag each to its place, or select and ` +
      'confirm it.');
}

// ---- its measurements ----

function measureRequest() {
  const ruler = editor.ruler.length === 2 ? editor.ruler.map(({ x, y }) => [x, y]) : null;
  const decimal = (id) => get(id).value.trim().replace(',', '.');
  return {
    model: editor.state.model,
    heads: editor.heads,
    settings: {
      mm_per_px: ruler ? '' : decimal('mm-per-px'),
      ruler,
      ruler_mm: ruler ? decimal('ruler-mm') : '',
      facing: editor.state.facing, sex: get('sex').value, age: decimal('age'),
    },
  };
}

const measure = server.latest(async () => {
  if (!editor.state?.lateral) return;
  const target = image;
  measured = null;
  try {
    const request = measureRequest();
    const results = await withImage(target, (key) => server.getMeasurements(key, request));
    if (target !== image || !editor.state?.lateral) return;
    showError('results-error', null);
    get('results').classList.remove('outdated');
    editor.lowConfidence = results.low_confidence;
    showResults(get('results'), results, options.colors, values);
    values = new Map(results.rows.map((row) => [row.measurement, row.value]));
    measured = { rows: results.rows, age: Number(request.settings.age) || null };
    if (editor.ruler.length === 2) get('mm-per-px').value = results.mm_per_px.toPrecision(4);
    listPoints(editor.state);
    showSelected();
    editor.draw();
  } catch (error) {
    showError('results-error', error);
    get('results').classList.add('outdated'); // they belong to an earlier input
  }
});

function onRuler() {
  const { measuringRuler, ruler } = editor;
  const set = ruler.length === 2;
  get('ruler').setAttribute('aria-pressed', measuringRuler);
  get('ruler').textContent = measuringRuler ? 'Stop' : 'Measure a ruler';
  get('ruler-mm-label').hidden = !set;
  get('ruler-off').hidden = !set;
  get('mm-per-px').disabled = set;
  get('ruler-hint').hidden = !measuringRuler;
  get('ruler-hint').textContent = ruler.length
    ? 'Click the second mark.' : 'Click a mark of the ruler in the image.';
  if (editor.state) measure();
}

function listDownloads(lateral) {
  const buttons = options.downloads.filter((d) => lateral || !d.lateral).map((d) => {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', textContent: d.label, onclick: () => save(d) });
    button.dataset.form = d.form;
    return button;
  });
  if (get('downloads').childElementCount !== buttons.length) {
    get('downloads').replaceChildren(...buttons);
  }
}

function download(data, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(data);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

async function save({ form, suffix }) {
  try {
    const data = await withImage(image, (key) => server.getDownload(key, form, measureRequest()));
    download(data, image.name.replace(/\.[^.]*$/, '') + suffix);
    showError('results-error', null);
  } catch (error) {
    showError('results-error', error);
  }
}

// ---- user input ----

const on = (id, type, listener) => get(id).addEventListener(type, listener);

on('file', 'change', () => {
  open(get('file').files[0]);
  get('file').value = ''; // so that the same file can be opened again
});
on('model', 'change', () => {
  modelChanged();
  if (image) detect();
});
on('facing', 'change', () => image && detect());
on('point', 'change', () => {
  const [head, point] = get('point').value.split('/').map(Number);
  editor.select(get('point').value ? { head, point } : null, true);
});
on('previous', 'click', () => editor.selectNext(-1));
on('next', 'click', () => editor.selectNext(1));
on('confirm', 'click', () => editor.confirmSelected());
on('undo', 'click', () => editor.undo());
on('reset', 'click', () => editor.reset());
on('zoom-in', 'click', () => editor.zoom(1.4));
on('zoom-out', 'click', () => editor.zoom(1 / 1.4));
on('fit', 'click', () => editor.fit());
on('ruler', 'click', () => editor.measureRuler(!editor.measuringRuler));
on('ruler-off', 'click', () => editor.removeRuler());
for (const id of ['mm-per-px', 'ruler-mm', 'age', 'sex']) on(id, 'input', () => measure());
on('keep', 'click', () => {
  if (measured) {
    growth.keep(image.name, measured.age, measured.rows);
  } else {
    showError('results-error',
      'the measurements of these points are not complete: wait for the table, then try again');
  }
});
on('save-series', 'click', () => download(growth.file(), 'series.json'));
on('series', 'change', async () => {
  await growth.open(get('series').files[0]).then(() => showError('results-error', null),
    (error) => showError('results-error', error));
  get('series').value = '';
});
on('settings', 'submit', (event) => event.preventDefault());
for (const id of ['brightness', 'contrast']) {
  on(id, 'input', () => {
    const [light, contrast] = ['brightness', 'contrast'].map((key) => get(key).value);
    editor.filter = `brightness(${light}%) contrast(${contrast}%)`;
    editor.draw();
  });
}
for (const type of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  document.addEventListener(type, (event) => {
    event.preventDefault(); // otherwise the browser would open the file
    get('frame').classList.toggle('over', type === 'dragenter' || type === 'dragover');
    if (type === 'drop' && !get('file').disabled) open(event.dataTransfer.files[0]);
  });
}
addEventListener('pagehide', (event) => {
  if (image && !event.persisted) server.deleteImage(image.key);
});

document.querySelector('main').classList.add('alone');
start();
