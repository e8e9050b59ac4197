// Position, zoom and rotation of the image on the canvas. Points are in image pixels, 0-based pixel
// centers: the image's left edge is at -0.5. Positions on the canvas are in CSS pixels.

const MAX_SCALE = 40; // CSS pixels per image pixel

export class Camera {
  constructor() {
    this.scale = 1;
    this.x = 0; // position of the upper left corner of the rotated image
    this.y = 0;
    this.fitted = true; // the whole image is shown; it stays so when the window is resized
    this.rotate(0, { width: 1, height: 1 });
  }

  /** Show the image rotated clockwise by a number of quarter turns, 0 to 3. */
  rotate(quarters, { width, height }) {
    this.quarters = quarters;
    this.cos = [1, 0, -1, 0][quarters];
    this.sin = [0, 1, 0, -1][quarters];
    // the first pixel's corner, from the upper left corner of the rotated image, image pixels
    this.corner = [[0, 0], [height, 0], [width, height], [0, width]][quarters];
  }

  /** The canvas transform that draws the image from its upper left corner. */
  transform() {
    const { cos, sin, scale, corner: [cx, cy] } = this;
    return [cos * scale, sin * scale, -sin * scale, cos * scale,
      this.x + cx * scale, this.y + cy * scale];
  }

  /** A vector on the canvas in the axes of the image, of the same length. */
  rotateBack(dx, dy) {
    return [this.cos * dx + this.sin * dy, this.cos * dy - this.sin * dx];
  }

  /** Show the whole image. */
  fit(image, view) {
    const { width, height } = this.quarters % 2
      ? { width: image.height, height: image.width } : image;
    this.scale = Math.min(view.width / width, view.height / height);
    this.x = (view.width - width * this.scale) / 2;
    this.y = (view.height - height * this.scale) / 2;
    this.minScale = this.scale / 2;
    this.fitted = true;
  }

  toCanvas(point) {
    const [a, b, c, d, e, f] = this.transform();
    const [x, y] = [point.x + 0.5, point.y + 0.5];
    return { x: a * x + c * y + e, y: b * x + d * y + f };
  }

  toImage(place) {
    const [, , , , left, top] = this.transform();
    const [x, y] = this.rotateBack((place.x - left) / this.scale, (place.y - top) / this.scale);
    return { x: x - 0.5, y: y - 0.5 };
  }

  /** A copy with another scale that shows a point of the image at a position of the canvas. */
  copyAt(point, place, scale) {
    const other = Object.assign(new Camera(), this, { scale });
    const at = other.toCanvas(point);
    other.move(place.x - at.x, place.y - at.y);
    return other;
  }

  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.fitted = false;
  }

  /** Zoom by a factor about a position, which stays fixed. */
  zoom(factor, place) {
    const scale = Math.min(MAX_SCALE, Math.max(this.minScale, this.scale * factor));
    const by = scale / this.scale;
    this.x = place.x + (this.x - place.x) * by;
    this.y = place.y + (this.y - place.y) * by;
    this.scale = scale;
    this.fitted = false;
  }

  /** Move the image so that a point is in view. */
  show(point, view) {
    const place = this.toCanvas(point);
    const edge = 0.08 * Math.min(view.width, view.height); // a margin around the view
    const outside = (at, size) => Math.min(0, at - edge) + Math.max(0, at - size + edge);
    const dx = outside(place.x, view.width);
    const dy = outside(place.y, view.height);
    if (dx || dy) this.move(-dx, -dy);
  }
}
