// The page: opens images, asks the server, and shows what it says.

import { Editor } from './editor.js';
import { showResults } from './results.js';
import * as server from './server.js';

const get = (id) => document.getElementById(id);
const editor = new Editor(get('canvas'), {
  points: onPoints, choose: showChosen, ruler: onRuler,
});
let options = null; // what the server offers
let film = null; // key, name, width and height
let values = new Map(); // of the measurements shown last

function say(where, error) {
  get(where).textContent = error?.message ?? error ?? '';
  get(where).hidden = !error;
}

async function start() {
  try {
    options = await server.getOptions();
  } catch (error) {
    say('error', error);
    return;
  }
  for (const { name, points, lateral } of options.models) {
    const what = `${name} – ${points} points of a ${lateral ? 'lateral radiograph' : 'face'}`;
    get('model').add(new Option(what, name));
  }
  fill('facing', 'as found', options.facings);
  fill('sex', 'not given', options.sexes);
  get('disclaimer').textContent = options.disclaimer;
  get('file').accept = options.suffixes.join(',');
  get('empty-kinds').textContent =
    `${options.suffixes.join(' ')}, up to ${options.max_mb} MB; one lateral head or faces.`;
  get('promise').textContent = 'The image is kept in the memory of the machine that runs ' +
    `this page, and forgotten when you close it or after ${options.idle_minutes} minutes.`;
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

async function open(file) {
  if (!options || !file) return;
  say('error', null);
  if (file.size > options.max_mb * 1e6) {
    const size = (file.size / 1e6).toFixed(1);
    say('error', `${file.name} has ${size} MB, more than ${options.max_mb}`);
    return;
  }
  let fresh = false;
  await busy('Reading the image …', async () => {
    const sent = await server.sendFilm(file);
    const picture = await server.getPicture(sent.key);
    if (film) server.forget(film.key);
    film = { ...sent, file };
    values = new Map();
    for (const id of ['empty', 'canvas', 'zoom', 'panel', 'results']) {
      get(id).hidden = id === 'empty' || id === 'panel';
    }
    get('film-name').textContent = `${film.name}, ${film.width} × ${film.height}`;
    for (const id of ['bar', 'where', 'keys']) get(id).hidden = true;
    for (const id of ['age', 'sex', 'facing']) get(id).value = '';
    get('mm-per-px').value = film.mm_per_px ?? '';
    get('scale-from').textContent =
      `The file says ${film.mm_per_px} by ${film.scale_from}.`;
    get('scale-from').hidden = !film.mm_per_px;
    for (const id of ['brightness', 'contrast']) get(id).value = 100;
    editor.setImage(picture);
    onRuler();
    fresh = true;
  });
  if (fresh) await find();
}

/** Ask for something of the film; sends the film again where the server forgot it. */
async function withFilm(of, work) {
  const { key } = of;
  try {
    return await work(key);
  } catch (error) {
    if (!error.forgotten) throw error;
    // of several that ask at once the first sends it
    if (of.key === key) of.sending ??= server.sendFilm(of.file).finally(() => (of.sending = null));
    if (of.sending) of.key = (await of.sending).key;
    return work(of.key);
  }
}

async function find() {
  const [model, facing] = [get('model').value, get('facing').value];
  await busy(`Finding points with ${model} … (the first time takes longer)`, async () => {
    const of = film;
    const found = await withFilm(of, (key) => server.findPoints(key, model, facing));
    if (of === film) editor.setFound({ ...found, facing });
  });
}

async function busy(text, work) {
  get('busy').textContent = text;
  get('busy').hidden = false;
  document.body.setAttribute('aria-busy', 'true');
  const inputs = ['file', 'model', 'facing'].map(get);
  for (const input of inputs) input.disabled = true;
  try {
    say('error', null);
    await work();
  } catch (error) {
    say('error', error);
  } finally {
    get('busy').hidden = true;
    document.body.removeAttribute('aria-busy');
    for (const input of inputs) input.disabled = false;
  }
}

// ---- its points ----

function onPoints() {
  const { found } = editor;
  get('model').value = found.model; // undo may have changed them
  get('facing').value = found.facing;
  modelChanged();
  for (const id of ['bar', 'where', 'keys', 'panel']) get(id).hidden = false;
  document.querySelector('main').classList.remove('alone');
  for (const id of ['scale', 'norms', 'results']) get(id).hidden = !found.lateral;
  listPoints(found);
  listDownloads(found.lateral);
  showChosen();
  measure();
}

function listPoints({ heads }) {
  const many = heads.length > 1;
  const texts = heads.flatMap((rows, head) => rows.map((row, point) => {
    const mark = editor.isDoubtful(head, point) ? ' – doubtful' : row.moved ? ' – moved'
      : row.checked ? ' – checked' : '';
    const face = many ? `face ${head + 1}: ` : '';
    return [`${face}${row.label === row.name ? '' : `${row.label} `}${row.name}${mark}`,
      `${head}/${point}`];
  }));
  const select = get('point');
  if (select.length !== texts.length + 1) {
    select.replaceChildren(new Option('no point chosen', ''),
      ...texts.map(([text, value]) => new Option(text, value)));
  }
  texts.forEach(([text], i) => (select.options[i + 1].textContent = text));
}

function showChosen() {
  const { chosen } = editor;
  get('point').value = chosen ? `${chosen.head}/${chosen.point}` : '';
  get('right').disabled = !chosen || !editor.isDoubtful(chosen.head, chosen.point);
  get('undo').disabled = editor.history.empty;
  get('reset').disabled = editor.found === editor.original;
  get('where').textContent = chosen ? describe(editor.row(chosen), chosen) : howMany();
}

function describe(row, { head, point }) {
  const error = !row.moved && row.expected_error != null
    ? `, likely off by ${row.expected_error.toFixed(1)} px` : '';
  const state = row.moved ? ', set by you' : editor.isDoubtful(head, point)
    ? ', doubtful: drag it, or say that it is right' : row.checked ? ', checked by you' : '';
  const place = `x ${row.x.toFixed(1)}, y ${row.y.toFixed(1)}`;
  return `${row.label} (${row.name}): ${place}${error}${state}`;
}

function howMany() {
  const count = editor.heads.flatMap((rows, head) => rows.filter(
    (_, point) => editor.isDoubtful(head, point))).length;
  const faces = editor.heads.length > 1 ? `${editor.heads.length} faces. ` : '';
  if (!count) return `${faces}Choose a point to see where it is.`;
  return faces + (count === 1 ? '1 doubtful point, ringed amber: check it first.'
    : `${count} doubtful points, ringed amber: check them first.`);
}

// ---- its measurements ----

function posted() {
  const ruler = editor.ruler.length === 2 ? editor.ruler.map(({ x, y }) => [x, y]) : null;
  const decimal = (id) => get(id).value.trim().replace(',', '.');
  return {
    model: editor.found.model,
    heads: editor.heads,
    settings: {
      mm_per_px: ruler ? '' : decimal('mm-per-px'), ruler, ruler_mm: decimal('ruler-mm'),
      facing: editor.found.facing, sex: get('sex').value, age: decimal('age'),
    },
  };
}

const measure = server.latest(async () => {
  if (!editor.found?.lateral) return;
  const of = film;
  try {
    const results = await withFilm(of, (key) => server.getMeasurements(key, posted()));
    if (of !== film || !editor.found?.lateral) return;
    say('results-error', null);
    get('results').classList.remove('old');
    editor.judged = results.low_confidence;
    showResults(get('results'), results, options.colors, values);
    values = new Map(results.rows.map((row) => [row.measurement, row.value]));
    if (editor.ruler.length === 2) get('mm-per-px').value = results.mm_per_px.toPrecision(4);
    listPoints(editor.found);
    showChosen();
    editor.draw();
  } catch (error) {
    say('results-error', error);
    get('results').classList.add('old'); // what is shown is not of what was entered
  }
});

function onRuler() {
  const { aiming, ruler } = editor;
  const set = ruler.length === 2;
  get('ruler').setAttribute('aria-pressed', aiming);
  get('ruler').textContent = aiming ? 'Stop' : 'Click a ruler';
  get('ruler-mm-label').hidden = !set;
  get('ruler-off').hidden = !set;
  get('mm-per-px').disabled = set;
  get('ruler-hint').hidden = !aiming;
  get('ruler-hint').textContent = ruler.length
    ? 'Now click its other end.' : 'Click one end of a ruler in the image.';
  if (editor.found) measure();
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

async function save({ form, suffix }) {
  try {
    const link = document.createElement('a');
    const data = await withFilm(film, (key) => server.getDownload(key, form, posted()));
    link.href = URL.createObjectURL(data);
    link.download = film.name.replace(/\.[^.]*$/, '') + suffix;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    say('results-error', null);
  } catch (error) {
    say('results-error', error);
  }
}

// ---- what the user does ----

const act = (id, what, work) => get(id).addEventListener(what, work);

act('file', 'change', () => {
  open(get('file').files[0]);
  get('file').value = ''; // the same file may be opened again
});
act('model', 'change', () => {
  modelChanged();
  if (film) find();
});
act('facing', 'change', () => film && find());
act('point', 'change', () => {
  const [head, point] = get('point').value.split('/').map(Number);
  editor.choose(get('point').value ? { head, point } : null, true);
});
act('previous', 'click', () => editor.chooseNext(-1));
act('next', 'click', () => editor.chooseNext(1));
act('right', 'click', () => editor.checkChosen());
act('undo', 'click', () => editor.undo());
act('reset', 'click', () => editor.reset());
act('zoom-in', 'click', () => editor.zoom(1.4));
act('zoom-out', 'click', () => editor.zoom(1 / 1.4));
act('fit', 'click', () => editor.fit());
act('ruler', 'click', () => editor.aim(!editor.aiming));
act('ruler-off', 'click', () => editor.removeRuler());
for (const id of ['mm-per-px', 'ruler-mm', 'age', 'sex']) act(id, 'input', () => measure());
act('settings', 'submit', (event) => event.preventDefault());
for (const id of ['brightness', 'contrast']) {
  act(id, 'input', () => {
    const [light, contrast] = ['brightness', 'contrast'].map((key) => get(key).value);
    editor.filter = `brightness(${light}%) contrast(${contrast}%)`;
    editor.draw();
  });
}
for (const what of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  document.addEventListener(what, (event) => {
    event.preventDefault(); // or the browser would leave the page for the file
    get('frame').classList.toggle('over', what === 'dragenter' || what === 'dragover');
    if (what === 'drop' && !get('file').disabled) open(event.dataTransfer.files[0]);
  });
}
addEventListener('pagehide', (event) => {
  if (film && !event.persisted) server.forget(film.key);
});

document.querySelector('main').classList.add('alone');
start();
