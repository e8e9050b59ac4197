// Mouse, pen and touch on the canvas: drag a handle, move the image, pinch, tap.

// Greatest distance from a handle at which it is taken, in CSS pixels.
const HIT_RADIUS = { mouse: 12, pen: 16, touch: 30 };
const MAX_TAP_MOVEMENT = 3; // CSS pixels; a longer movement is a drag

const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
const middle = (a, b) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

/**
 * Listen to a canvas. A handle is whatever can be dragged: a point or an end of the ruler.
 *
 * @param canvas
 * @param camera is moved and zoomed
 * @param on callbacks: `nearest(place, radius)` returns the handle there or null,
 *   `dragStart(handle, pointerType)`, `drag(handle, dx, dy)` in image pixels since its start,
 *   `dragEnd(handle, moved)`, `tap(place)` away from all handles, `view()` when the camera
 *   moved, `hover(handle)`
 */
export function listen(canvas, camera, on) {
  const pressed = new Map(); // positions of the pressed pointers by their ids
  let dragged = null; // the handle, and the position at which its drag began
  let moved = false; // farther than a tap

  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    const place = placeOf(event);
    pressed.set(event.pointerId, place);
    if (pressed.size > 1) {
      if (dragged) {
        on.drag(dragged.handle, 0, 0); // the first of two fingers does not drag a point
        on.dragEnd(dragged.handle, false);
      }
      dragged = null;
      moved = true;
      return;
    }
    moved = false;
    const handle = on.nearest(place, HIT_RADIUS[event.pointerType] ?? HIT_RADIUS.mouse);
    dragged = handle && { handle, from: place };
    if (handle) on.dragStart(handle, event.pointerType);
  });

  canvas.addEventListener('pointermove', (event) => {
    const before = pressed.get(event.pointerId);
    const place = placeOf(event);
    if (!before) {
      on.hover(on.nearest(place, HIT_RADIUS.mouse));
      return;
    }
    if (pressed.size === 1 && !moved && distance(before, place) < MAX_TAP_MOVEMENT) return;
    moved = true;
    if (dragged) {
      const by = 1 / camera.scale;
      const [dx, dy] = camera.rotateBack(place.x - dragged.from.x, place.y - dragged.from.y);
      on.drag(dragged.handle, dx * by, dy * by);
    } else if (pressed.size === 1) {
      camera.move(place.x - before.x, place.y - before.y);
      on.view();
    } else if (pressed.size === 2) {
      pinch(event.pointerId, before, place);
    }
    pressed.set(event.pointerId, place);
  });

  function pinch(id, before, place) {
    const other = [...pressed].find(([key]) => key !== id)[1];
    const [old, now] = [middle(before, other), middle(place, other)];
    camera.move(now.x - old.x, now.y - old.y);
    camera.zoom(distance(place, other) / Math.max(1, distance(before, other)), now);
    on.view();
  }

  function end(event) {
    if (!pressed.delete(event.pointerId)) return;
    const place = placeOf(event);
    if (dragged) on.dragEnd(dragged.handle, moved);
    else if (!moved && event.type === 'pointerup') on.tap(place);
    dragged = null;
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
