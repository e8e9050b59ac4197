// Draws the image, the lines and the points.

const COLORS = {
  point: '#00e5ff', lowConfidence: '#ff9800', selected: '#ffffff', ruler: '#ff5db1',
  label: '#dffbff',
};
const LINES = { // color, and width in CSS pixels
  plane: ['#ffd54f', 1.3],
  axis: ['#ff8a80', 1.6],
  outline: ['#b39ddb', 1.3],
};
const MAX_LABELS = 40; // more points than this have no labels: they would cover the image
const MAGNIFIER = 120; // diameter in CSS pixels

/**
 * Draw the image, lines, points, labels and the ruler.
 *
 * @param context of the canvas, in CSS pixels
 * @param view width and height in CSS pixels
 * @param camera position and zoom of the image
 * @param scene image, filter, heads (lists of points), lowConfidence (per head and point),
 *   lines, selected (head and point), ruler (up to two positions), magnified (a point or null)
 */
export function draw(context, view, camera, scene) {
  context.fillStyle = '#0d1318';
  context.fillRect(0, 0, view.width, view.height);
  drawImage(context, camera, scene);
  drawMarks(context, camera, scene);
  if (scene.magnified) drawMagnifier(context, view, camera, scene);
}

function drawImage(context, camera, { image, filter }) {
  context.save();
  context.filter = filter;
  context.imageSmoothingEnabled = camera.scale < 3; // larger: show single pixels
  context.imageSmoothingQuality = 'high';
  context.transform(...camera.transform());
  context.drawImage(image, 0, 0);
  context.restore();
}

function drawMarks(context, camera, scene) {
  scene.heads.forEach((points, h) => {
    drawLines(context, camera, points, scene.lines);
    points.forEach((point, k) => {
      if (point.x === null || point.y === null) return;
      const lowConfidence = scene.lowConfidence[h][k];
      const selected = scene.selected?.head === h && scene.selected?.point === k;
      drawPoint(context, camera, point, lowConfidence, selected);
    });
  });
  drawLabels(context, camera, scene);
  drawRuler(context, camera, scene.ruler);
}

function drawLines(context, camera, points, lines) {
  for (const { kind, ends } of lines) {
    const [a, b] = ends.map((k) => points[k]);
    if (a.x === null || b.x === null) continue;
    const [color, width] = LINES[kind];
    line(context, camera.toCanvas(a), camera.toCanvas(b), color, width);
  }
}

function line(context, a, b, color, width) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(a.x, a.y);
  context.lineTo(b.x, b.y);
  context.stroke();
}

function circle(context, at, radius) {
  context.beginPath();
  context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
}

function drawPoint(context, camera, point, lowConfidence, selected) {
  const at = camera.toCanvas(point);
  const color = lowConfidence ? COLORS.lowConfidence : COLORS.point;
  if (lowConfidence) {
    const error = (point.expected_error ?? 0) * camera.scale;
    context.strokeStyle = color;
    context.lineWidth = 2;
    circle(context, at, Math.max(8, error));
    context.stroke();
  }
  if (selected) {
    context.strokeStyle = COLORS.selected;
    context.lineWidth = 2;
    circle(context, at, 7);
    context.stroke();
  }
  context.fillStyle = color;
  context.strokeStyle = '#000';
  context.lineWidth = 1;
  circle(context, at, selected ? 2.5 : 3.5); // keep the image visible under the selected point
  context.fill();
  context.stroke();
}

function drawLabels(context, camera, { heads, lowConfidence, selected }) {
  context.font = '600 12px system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  const all = heads
    .flatMap((points, h) => points.map((point, k) => ({ point, h, k })))
    .filter(({ point }) => point.x !== null && point.y !== null);
  const occupied = all.map(({ point }) => camera.toCanvas(point)); // by points, then labels
  for (const [i, { point, h, k }] of all.entries()) {
    const isSelected = selected?.head === h && selected?.point === k;
    if (all.length > MAX_LABELS && !isSelected) continue;
    const place = labelPosition(occupied, i, context.measureText(point.label).width);
    occupied.push(place);
    context.lineWidth = 3;
    context.strokeStyle = '#000c';
    context.strokeText(point.label, place.x, place.y);
    context.fillStyle = isSelected ? COLORS.selected
      : lowConfidence[h][k] ? COLORS.lowConfidence : COLORS.label;
    context.fillText(point.label, place.x, place.y);
  }
}

/** The position around point `i` that is farthest from all other points and labels. */
function labelPosition(occupied, i, width) {
  const at = occupied[i];
  let best = { gap: -1 };
  for (let k = 0; k < 12; k += 1) {
    const angle = ((k - 1) * Math.PI) / 6;
    const x = at.x + (width / 2 + 9) * Math.cos(angle);
    const y = at.y + 14 * Math.sin(angle);
    // text is wider than high, so horizontal distances count less
    const gap = Math.min(...occupied.map((other, j) => (
      j === i ? Infinity : Math.hypot((other.x - x) * 0.6, (other.y - y) * 1.4))), 60);
    if (gap > best.gap) best = { gap, x, y };
  }
  return best;
}

function drawRuler(context, camera, ruler) {
  const places = ruler.map((point) => camera.toCanvas(point));
  if (places.length === 2) line(context, places[0], places[1], COLORS.ruler, 2);
  for (const at of places) {
    line(context, { x: at.x - 8, y: at.y }, { x: at.x + 8, y: at.y }, COLORS.ruler, 2);
    line(context, { x: at.x, y: at.y - 8 }, { x: at.x, y: at.y + 8 }, COLORS.ruler, 2);
  }
}

/** The part of the image under the finger, enlarged, in the other upper corner. */
function drawMagnifier(context, view, camera, scene) {
  const at = camera.toCanvas(scene.magnified);
  const center = { x: at.x > view.width / 2 ? MAGNIFIER / 2 + 8 : view.width - MAGNIFIER / 2 - 8,
    y: MAGNIFIER / 2 + 8 };
  const enlarged = camera.copyAt(scene.magnified, center, Math.max(2.5 * camera.scale, 1));
  context.save();
  circle(context, center, MAGNIFIER / 2);
  context.clip();
  context.fillStyle = '#0d1318';
  context.fillRect(center.x - MAGNIFIER / 2, center.y - MAGNIFIER / 2, MAGNIFIER, MAGNIFIER);
  drawImage(context, enlarged, scene);
  const [a, b, c, d] = [[-14, 0], [14, 0], [0, -14], [0, 14]].map(([dx, dy]) => (
    { x: center.x + dx, y: center.y + dy }));
  line(context, a, b, COLORS.point, 1);
  line(context, c, d, COLORS.point, 1);
  context.restore();
  context.strokeStyle = '#fff';
  context.lineWidth = 2;
  circle(context, center, MAGNIFIER / 2);
  context.stroke();
}
