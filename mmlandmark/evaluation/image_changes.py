"""Changes of radiographs for tests of robustness, with the map of their points.

A change takes an image ``(H, W, 3)`` uint8 and a random generator, and returns the changed
image and the matrix ``(3, 3)`` that maps x, y of the original image to the changed image,
in 0-based pixel centres.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

Changed = tuple[np.ndarray, np.ndarray]
Change = Callable[[np.ndarray, np.random.Generator], Changed]


def resized(factor: float, image: np.ndarray, _: np.random.Generator) -> Changed:
    """Reduce the image to a fraction of its size."""
    height, width = image.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    fx, fy = size[0] / width, size[1] / height
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return small, np.array(
        [[fx, 0, fx / 2 - 0.5], [0, fy, fy / 2 - 0.5], [0, 0, 1]], float
    )


def turned(degrees: float, image: np.ndarray, _: np.random.Generator) -> Changed:
    """Rotate clockwise about the centre; the image is enlarged, its corners are black."""
    height, width = image.shape[:2]
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]])
    # at 90 degrees the width and the height are exchanged exactly
    size = np.round(np.abs(turn) @ (width, height), 6)
    wide, high = (int(np.ceil(side)) for side in size)
    middle = np.array([width - 1, height - 1]) / 2
    shift = np.array([wide - 1, high - 1]) / 2 - turn @ middle
    matrix = np.vstack([np.column_stack([turn, shift]), [0, 0, 1]])
    return cv2.warpAffine(image, matrix[:2], (wide, high)), matrix


def mirrored(image: np.ndarray, _: np.random.Generator) -> Changed:
    """Mirror the image horizontally."""
    width = image.shape[1]
    return image[:, ::-1].copy(), np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1.0]])


def bordered(
    share: float, gray: int, image: np.ndarray, _: np.random.Generator
) -> Changed:
    """Add a border of one gray value, ``share`` of the sides wide, at each side."""
    height, width = image.shape[:2]
    x, y = round(share * width), round(share * height)
    wide = cv2.copyMakeBorder(
        image, y, y, x, x, cv2.BORDER_CONSTANT, value=(gray, gray, gray)
    )
    return wide, _shifted(x, y)


def cut(
    left: float,
    top: float,
    right: float,
    bottom: float,
    image: np.ndarray,
    _: np.random.Generator,
) -> Changed:
    """Crop the image by fractions of its sides."""
    height, width = image.shape[:2]
    x1, y1 = round(left * width), round(top * height)
    x2, y2 = round((1 - right) * width), round((1 - bottom) * height)
    return image[y1:y2, x1:x2].copy(), _shifted(-x1, -y1)


def toned(gamma: float, contrast: float, image: np.ndarray, _) -> Changed:
    """Change gamma, then the contrast about the mean."""
    levels = 255 * (np.arange(256) / 255) ** gamma
    mean = levels[image].mean()
    levels = np.clip((levels - mean) * contrast + mean, 0, 255)
    return cv2.LUT(image, levels.astype(np.uint8)), np.eye(3)


def darkened(factor: float, image: np.ndarray, _: np.random.Generator) -> Changed:
    """Multiply the gray values by a factor and round down."""
    return (image * factor).astype(np.uint8), np.eye(3)


def tinted(image: np.ndarray, _: np.random.Generator) -> Changed:
    """Give the image a blue tint, like an old monitor; channels are red, green, blue."""
    return np.round(image * (0.6, 0.8, 1.0)).astype(np.uint8), np.eye(3)


def striped(image: np.ndarray, _: np.random.Generator) -> Changed:
    """Add oblique stripes of 1.5 % of the height, like the moire of a screen."""
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width]
    phase = 2 * np.pi * (x + y / 3) / (0.015 * height)
    stripes = 25 * np.sin(phase)[..., None]
    return np.clip(image + stripes, 0, 255).round().astype(np.uint8), np.eye(3)


def negative(image: np.ndarray, _: np.random.Generator) -> Changed:
    """Invert the gray values."""
    return 255 - image, np.eye(3)


def noisy(sigma: float, image: np.ndarray, random: np.random.Generator) -> Changed:
    """Add Gaussian noise, equal in all channels."""
    noise = random.normal(0, sigma, image.shape[:2])[..., None]
    return np.clip(image + noise, 0, 255).astype(np.uint8), np.eye(3)


def blurred(share: float, image: np.ndarray, _: np.random.Generator) -> Changed:
    """Blur by a Gaussian with a standard deviation of ``share`` of the height."""
    return cv2.GaussianBlur(image, (0, 0), share * image.shape[0]), np.eye(3)


def compressed(quality: int, image: np.ndarray, _: np.random.Generator) -> Changed:
    """Encode and decode the image as JPEG of a quality from 0 to 100."""
    done, data = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)), np.eye(3)


def labelled(image: np.ndarray, random: np.random.Generator) -> Changed:
    """Draw white boxes and text, such as names and rulers, at the border of the image."""
    image = image.copy()
    height, width = image.shape[:2]
    for _ in range(4):
        wide, high = round(0.25 * width), round(0.06 * height)
        x = int(random.choice([0, width - wide]))
        y = int(random.integers(0, height - high))
        cv2.rectangle(image, (x, y), (x + wide, y + high), (255,) * 3, -1)
        cv2.putText(
            image,
            'NAME 01.01.2000',
            (x + 5, y + high // 2),
            cv2.FONT_HERSHEY_SIMPLEX,
            high / 60,
            (0, 0, 0),
            2,
        )
    return image, np.eye(3)


def photographed(image: np.ndarray, random: np.random.Generator) -> Changed:
    """Imitate a photograph of a screen: oblique, unevenly lit, with a gray background."""
    height, width = image.shape[:2]
    size = round(1.4 * width), round(1.3 * height)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    middle = (np.array(size) - (width, height)) / 2
    jitter = random.uniform(-0.04, 0.04, (4, 2)) * (width, height)
    seen = (corners + middle + jitter).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, seen)
    warped = cv2.warpPerspective(image, matrix, size, borderValue=(90, 90, 90))
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    light = 1 - 0.35 * np.hypot(x / size[0] - 0.4, y / size[1] - 0.4)
    lit = np.clip(warped * light[..., None] * (0.95, 1.0, 0.9), 0, 255)
    return lit.astype(np.uint8), matrix


def chained(changes: tuple[Change, ...], image, random) -> Changed:
    """Apply several changes one after another."""
    total = np.eye(3)
    for change in changes:
        image, matrix = change(image, random)
        total = matrix @ total
    return image, total


def unchanged(image: np.ndarray, _: np.random.Generator) -> Changed:
    """Leave the image as it is."""
    return image, np.eye(3)


#: Changes by the names in the table of results; the first one is the reference.
RADIOGRAPH_CHANGES: dict[str, Change] = {
    'unchanged': unchanged,
    'half the size': partial(resized, 0.5),
    'a quarter of the size': partial(resized, 0.25),
    'rotated by 10 degrees': partial(turned, 10),
    'rotated by -20 degrees': partial(turned, -20),
    'rotated by 45 degrees': partial(turned, 45),
    'rotated by 90 degrees': partial(turned, 90),
    'rotated by 180 degrees': partial(turned, 180),
    'rotated by 270 degrees': partial(turned, 270),
    'mirrored': mirrored,
    'negative': negative,
    'mirrored, negative, rotated by 90 degrees': partial(
        chained, (mirrored, negative, partial(turned, 90))
    ),
    'black border of 25 %': partial(bordered, 0.25, 0),
    'black border of 60 %': partial(bordered, 0.6, 0),
    'white border of 25 %': partial(bordered, 0.25, 255),
    'gray page of four times the sides': partial(bordered, 1.5, 128),
    'top 20 % cut': partial(cut, 0, 0.2, 0, 0),
    'back of the head cut (left 25 %)': partial(cut, 0.25, 0, 0, 0),
    'cut to the face': partial(cut, 0.25, 0.25, 0.02, 0.05),
    'cut to the front half': partial(cut, 0.5, 0.2, 0, 0),
    'gamma 0.45': partial(toned, 0.45, 1.0),
    'gamma 2.2': partial(toned, 2.2, 1.0),
    'a quarter of the contrast': partial(toned, 1.0, 0.25),
    'a sixteenth of the light': partial(darkened, 1 / 16),
    'blue tint': tinted,
    'blurred by 0.2 % of the height': partial(blurred, 0.002),
    'noise of SD 20': partial(noisy, 20),
    'JPEG of quality 10': partial(compressed, 10),
    'labels and text': labelled,
    'photograph of a screen': photographed,
    'stripes (moire)': striped,
}


def _shifted(x: int, y: int) -> np.ndarray:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], float)
