"""Random changes of radiographs: strong JPEG compression, labels and text."""

from __future__ import annotations

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

#: Texts of labels, which resemble a name, a date and a side.
TEXT = 'LR 0123456789 ABC-'


@TRANSFORMS.register_module()
class RandomCompression(BaseTransform):
    """Encode and decode the image as JPEG, as messengers and web pages do.

    Args:
        quality: Smallest and largest JPEG quality, 0 to 100.
        prob: Probability of the change.
    """

    def __init__(self, quality: tuple[int, int] = (8, 60), prob: float = 0.3):
        self.quality = quality
        self.prob = prob

    def transform(self, results: dict) -> dict:
        """Change ``img``, ``(H, W, 3)`` uint8."""
        if np.random.rand() >= self.prob:
            return results
        quality = int(np.random.randint(self.quality[0], self.quality[1] + 1))
        options = [cv2.IMWRITE_JPEG_QUALITY, quality]
        _, data = cv2.imencode('.jpg', results['img'], options)
        results['img'] = cv2.imdecode(data, cv2.IMREAD_COLOR)
        return results


@TRANSFORMS.register_module()
class RandomLabels(BaseTransform):
    """Draw filled rectangles with text over the image, such as names, dates and rulers.

    The points keep their places: a covered one is to be inferred from what is visible.

    Args:
        count: Largest number of rectangles.
        size: Largest width and height as fractions of those of the image.
        prob: Probability of the change.
    """

    def __init__(
        self,
        count: int = 4,
        size: tuple[float, float] = (0.35, 0.12),
        prob: float = 0.3,
    ):
        self.count = count
        self.size = size
        self.prob = prob

    def transform(self, results: dict) -> dict:
        """Change ``img``, ``(H, W, 3)`` uint8."""
        if np.random.rand() >= self.prob:
            return results
        image = results['img'].copy()
        for _ in range(np.random.randint(1, self.count + 1)):
            self._draw(image)
        results['img'] = image
        return results

    def _draw(self, image: np.ndarray) -> None:
        """One rectangle with text; half of them touch the left or right border."""
        full = np.array(image.shape[1::-1])
        wide, high = (
            (full * self.size * np.random.uniform(0.2, 1, 2)).round().astype(int)
        )
        x, y = (np.random.uniform(0, 1, 2) * (full - (wide, high))).astype(int).tolist()
        if np.random.rand() < 0.5:
            x = int(np.random.choice([0, full[0] - wide]))
        label = image[y : y + high, x : x + wide]
        label[:] = gray = int(np.random.choice([0, 255, np.random.randint(256)]))
        text = ''.join(np.random.choice(list(TEXT), np.random.randint(1, 16)))
        ink = (0 if gray > 127 else 255,) * 3
        scale = float(np.random.uniform(0.3, 1)) * high / 30
        place = 3, int(0.7 * high)
        cv2.putText(label, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, 2)
