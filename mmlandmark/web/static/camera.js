// Position and zoom of the image on the canvas. Points are in image pixels, 0-based pixel
// centers: the image's left edge is at -0.5. Positions on the canvas are in CSS pixels.

const MAX_SCALE = 40; // CSS pixels per image pixel

export class Camera {
  constructor() {
    this.scale = 1;
    this.x = 0; // position of the image's upper left corner
    this.y = 0;
    this.fitted = true;
  }

  /** Show the whole image. */
  fit(image, view) {
    this.scale = Math.min(view.width / image.width, view.height / image.height);
    this.x = (view.width - image.width * this.scale) / 2;
    this.y = (view.height - image.height * this.scale) / 2;
    this.minScale = this.scale / 2;
    this.fitted = true;
  }

  toCanvas(point) {
    return {
      x: this.x + (point.x + 0.5) * this.scale,
      y: this.y + (point.y + 0.5) * this.scale,
    };
  }

  toImage(place) {
    return {
      x: (place.x - this.x) / this.scale - 0.5,
      y: (place.y - this.y) / this.scale - 0.5,
    };
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
    const edge = 0.08 * Math.min(view.width, view.height);
    const away = (at, size) => Math.min(0, at - edge) + Math.max(0, at - size + edge);
    const dx = away(place.x, view.width);
    const dy = away(place.y, view.height);
    if (dx || dy) this.move(-dx, -dy);
  }
}
