// Draws the image, the lines and the points.

const COLORS = { point: '#00e5ff', doubtful: '#ff9800', chosen: '#ffffff', ruler: '#ff5db1' };
const LINES = {
  plane: ['#ffd54f', 1.3],
  axis: ['#ff8a80', 1.6],
  outline: ['#b39ddb', 1.3],
};
const MOST_LABELS = 40; // more hide what is under them
const LOUPE = 120; // CSS pixels

/**
 * Draw all of it.
 *
 * @param context of the canvas, in CSS pixels
 * @param view width and height in CSS pixels
 * @param camera where the image lies
 * @param scene image, filter, heads (lists of points), doubtful (of each head), lines,
 *   chosen (head and point), ruler (list of up to two places), loupe (a point or null)
 */
export function draw(context, view, camera, scene) {
  context.fillStyle = '#0d1318';
  context.fillRect(0, 0, view.width, view.height);
  drawImage(context, camera, scene);
  drawMarks(context, camera, scene);
  if (scene.loupe) drawLoupe(context, view, camera, scene);
}

function drawImage(context, camera, { image, filter }) {
  context.save();
  context.filter = filter;
  context.imageSmoothingEnabled = camera.scale < 3; // single pixels are to be seen
  context.imageSmoothingQuality = 'high';
  const { width, height } = image;
  context.drawImage(image, camera.x, camera.y, width * camera.scale, height * camera.scale);
  context.restore();
}

function drawMarks(context, camera, scene) {
  scene.heads.forEach((points, h) => {
    drawLines(context, camera, points, scene.lines);
    points.forEach((point, k) => {
      if (point.x === null || point.y === null) return;
      const doubtful = scene.doubtful[h][k];
      const chosen = scene.chosen?.head === h && scene.chosen?.point === k;
      drawPoint(context, camera, point, doubtful, chosen);
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

function drawPoint(context, camera, point, doubtful, chosen) {
  const at = camera.toCanvas(point);
  const color = doubtful ? COLORS.doubtful : COLORS.point;
  if (doubtful) {
    const error = (point.expected_error ?? 0) * camera.scale;
    context.strokeStyle = color;
    context.lineWidth = 2;
    circle(context, at, Math.max(8, error));
    context.stroke();
  }
  if (chosen) {
    context.strokeStyle = COLORS.chosen;
    context.lineWidth = 2;
    circle(context, at, 7);
    context.stroke();
  }
  context.fillStyle = color;
  context.strokeStyle = '#000';
  context.lineWidth = 1;
  circle(context, at, chosen ? 2.5 : 3.5); // what lies under the chosen one is to be seen
  context.fill();
  context.stroke();
}

function drawLabels(context, camera, { heads, doubtful, chosen }) {
  context.font = '600 12px system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  const all = heads
    .flatMap((points, h) => points.map((point, k) => ({ point, h, k })))
    .filter(({ point }) => point.x !== null && point.y !== null);
  const taken = all.map(({ point }) => camera.toCanvas(point));
  for (const [i, { point, h, k }] of all.entries()) {
    const own = chosen?.head === h && chosen?.point === k;
    if (all.length > MOST_LABELS && !own) continue;
    const spot = labelSpot(taken, i, context.measureText(point.label).width);
    taken.push(spot);
    context.lineWidth = 3;
    context.strokeStyle = '#000c';
    context.strokeText(point.label, spot.x, spot.y);
    context.fillStyle = own ? COLORS.chosen : doubtful[h][k] ? COLORS.doubtful : '#dffbff';
    context.fillText(point.label, spot.x, spot.y);
  }
}

/** Around a point, where it is farthest from all points and labels that are there. */
function labelSpot(taken, i, width) {
  const at = taken[i];
  let best = { far: -1 };
  for (let turn = 0; turn < 12; turn += 1) {
    const angle = ((turn - 1) * Math.PI) / 6;
    const x = at.x + (width / 2 + 9) * Math.cos(angle);
    const y = at.y + 14 * Math.sin(angle);
    // letters are wide: what lies beside them is nearer than what lies above
    const far = Math.min(...taken.map((other, j) => (
      j === i ? Infinity : Math.hypot((other.x - x) * 0.6, (other.y - y) * 1.4))), 60);
    if (far > best.far) best = { far, x, y };
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

/** What lies under the finger, enlarged, in the corner away from it. */
function drawLoupe(context, view, camera, scene) {
  const at = camera.toCanvas(scene.loupe);
  const centre = { x: at.x > view.width / 2 ? LOUPE / 2 + 8 : view.width - LOUPE / 2 - 8,
    y: LOUPE / 2 + 8 };
  const scale = Math.max(2.5 * camera.scale, 1);
  context.save();
  circle(context, centre, LOUPE / 2);
  context.clip();
  context.fillStyle = '#0d1318';
  context.fillRect(centre.x - LOUPE / 2, centre.y - LOUPE / 2, LOUPE, LOUPE);
  drawImage(context, { scale, x: centre.x - (scene.loupe.x + 0.5) * scale,
    y: centre.y - (scene.loupe.y + 0.5) * scale }, scene);
  const [a, b, c, d] = [[-14, 0], [14, 0], [0, -14], [0, 14]].map(([dx, dy]) => (
    { x: centre.x + dx, y: centre.y + dy }));
  line(context, a, b, COLORS.point, 1);
  line(context, c, d, COLORS.point, 1);
  context.restore();
  context.strokeStyle = '#fff';
  context.lineWidth = 2;
  circle(context, centre, LOUPE / 2);
  context.stroke();
}
