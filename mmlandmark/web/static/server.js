// Requests to the server. The server reports an error as one line, which is thrown as an Error.

const PAGE_HEADERS = { 'X-Mmlandmark': 'page' }; // pages of other sites cannot send this header

async function send(address, options = {}) {
  let response;
  try {
    const headers = { ...PAGE_HEADERS, ...options.headers };
    response = await fetch(address, { ...options, headers });
  } catch {
    throw new Error('the server does not respond: check that it is still running, then try again');
  }
  if (response.ok) return response;
  const values = await response.json().catch(() => ({}));
  const error = new Error(values.error
    ?? `the server reports an error (status ${response.status}): try again, or reload the page`);
  error.expired = response.status === 404; // the server has deleted the image
  throw error;
}

const json = async (address, options) => (await send(address, options)).json();

const post = (values) => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(values),
});

export const getOptions = () => json('options');

/** Send an image file; returns its key, name, width, height and scale. */
export const sendImage = (file) =>
  json('images', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/octet-stream',
      'X-Name': encodeURIComponent(file.name),
    },
    body: file,
  });

export async function getPicture(key) {
  const response = await send(`images/${key}/picture`);
  return createImageBitmap(await response.blob());
}

export const detectPoints = (key, model, facing) =>
  json(`images/${key}/points?${new URLSearchParams({ model, facing })}`, { method: 'POST' });

export const getMeasurements = (key, values) => json(`images/${key}/measurements`, post(values));

export async function getDownload(key, form, values) {
  const response = await send(`images/${key}/downloads/${form}`, post(values));
  return response.blob();
}

/** Delete an image on the server; also works while the page is being closed. */
export const deleteImage = (key) =>
  fetch(`images/${key}`, { method: 'DELETE', headers: PAGE_HEADERS, keepalive: true })
    .catch(() => {});

/**
 * A function that runs `work` once at a time. Of the calls made while it runs, only the last
 * one is carried out. The end of a drag is therefore always measured.
 */
export function latest(work) {
  let running = false;
  let waiting = null;
  return async function call(...args) {
    waiting = args;
    if (running) return;
    running = true;
    try {
      while (waiting) {
        const next = waiting;
        waiting = null;
        await work(...next);
      }
    } finally {
      running = false;
    }
  };
}
