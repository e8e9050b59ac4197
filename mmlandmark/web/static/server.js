// What the page asks the server for. A mistake comes back as one line, thrown as an Error.

const OWN = { 'X-Mmlandmark': 'page' }; // a page of another site cannot send it

async function ask(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, { ...options, headers: { ...OWN, ...options.headers } });
  } catch {
    throw new Error('the server does not answer: is it still running?');
  }
  if (answer.ok) return answer;
  const values = await answer.json().catch(() => ({}));
  const error = new Error(values.error ?? `the server failed (${answer.status})`);
  error.forgotten = answer.status === 404;
  throw error;
}

const json = async (address, options) => (await ask(address, options)).json();

const posting = (values) => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(values),
});

export const getOptions = () => json('options');

/** Send a file; gives its key, name, width and height. */
export const sendFilm = (file) =>
  json('films', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/octet-stream',
      'X-Name': encodeURIComponent(file.name),
    },
    body: file,
  });

export async function getPicture(key) {
  const answer = await ask(`films/${key}/picture`);
  return createImageBitmap(await answer.blob());
}

export const findPoints = (key, model, facing) =>
  json(`films/${key}/points?${new URLSearchParams({ model, facing })}`, { method: 'POST' });

export const getMeasurements = (key, values) => json(`films/${key}/measurements`, posting(values));

export async function getDownload(key, form, values) {
  const answer = await ask(`films/${key}/downloads/${form}`, posting(values));
  return answer.blob();
}

/** Let the server forget a film; also while the page is closed. */
export const forget = (key) =>
  fetch(`films/${key}`, { method: 'DELETE', headers: OWN, keepalive: true }).catch(() => {});

/**
 * Calls of `work` one at a time: what is asked for meanwhile waits, and only the last of it
 * is done. So a drag measures as often as the server can, and always ends up measured.
 */
export function latest(work) {
  let running = false;
  let waiting = null;
  return async function call(...given) {
    waiting = given;
    if (running) return;
    running = true;
    try {
      while (waiting) {
        const now = waiting;
        waiting = null;
        await work(...now);
      }
    } finally {
      running = false;
    }
  };
}
