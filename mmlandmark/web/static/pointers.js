// Mouse, pen and touch on the canvas: drag a handle, move the image, pinch, tap.

const REACH = { mouse: 12, pen: 16, touch: 30 }; // CSS pixels from a handle
const SLACK = 3; // CSS pixels; a tap moves less

const between = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
const middle = (a, b) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

/**
 * Listen to a canvas.
 *
 * @param canvas
 * @param camera is moved and zoomed
 * @param on callbacks: `nearest(place, reach)` returns the handle there or null,
 *   `take(handle, type)`, `drag(handle, dx, dy)` in image pixels since the drag began,
 *   `drop(handle, moved)`, `tap(place)` away from all handles, `view()` when the camera moved,
 *   `hover(handle)`
 */
export function listen(canvas, camera, on) {
  const down = new Map(); // pointers by their ids
  let held = null; // the dragged handle, and its start
  let wandered = false;

  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    const place = placeOf(event);
    down.set(event.pointerId, place);
    if (down.size > 1) {
      if (held) on.drag(held.handle, 0, 0); // the first of two fingers does not drag a point
      if (held) on.drop(held.handle, false);
      held = null;
      wandered = true;
      return;
    }
    wandered = false;
    const handle = on.nearest(place, REACH[event.pointerType] ?? REACH.mouse);
    held = handle && { handle, from: place };
    if (handle) on.take(handle, event.pointerType);
  });

  canvas.addEventListener('pointermove', (event) => {
    const before = down.get(event.pointerId);
    const place = placeOf(event);
    if (!before) {
      on.hover(on.nearest(place, REACH.mouse));
      return;
    }
    if (down.size === 1 && !wandered && between(before, place) < SLACK) return;
    wandered = true;
    if (held) {
      const by = 1 / camera.scale;
      const [dx, dy] = camera.turnBack(place.x - held.from.x, place.y - held.from.y);
      on.drag(held.handle, dx * by, dy * by);
    } else if (down.size === 1) {
      camera.move(place.x - before.x, place.y - before.y);
      on.view();
    } else if (down.size === 2) {
      pinch(event.pointerId, before, place);
    }
    down.set(event.pointerId, place);
  });

  function pinch(id, before, place) {
    const other = [...down].find(([key]) => key !== id)[1];
    const [old, now] = [middle(before, other), middle(place, other)];
    camera.move(now.x - old.x, now.y - old.y);
    camera.zoom(between(place, other) / Math.max(1, between(before, other)), now);
    on.view();
  }

  function end(event) {
    if (!down.delete(event.pointerId)) return;
    const place = placeOf(event);
    if (held) on.drop(held.handle, wandered);
    else if (!wandered && event.type === 'pointerup') on.tap(place);
    held = null;
  }
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);

  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault(); // otherwise the page would scroll
      camera.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), placeOf(event));
      on.view();
    },
    { passive: false },
  );
}
