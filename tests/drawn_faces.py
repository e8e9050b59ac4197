"""Drawn faces with exact labels, in the folders of FASSEG and LaPa: for tests."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

WIDTH, HEIGHT = 50, 60
LAPA_OF_FASSEG = {1: 1, 2: 10, 3: 6, 4: 8}  # eyes are two


def fasseg_labels(shift: int = 0) -> np.ndarray:
    """``(60, 50)`` labels of a frontal face, moved to the right."""
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    x = WIDTH // 2 + shift
    cv2.ellipse(labels, (x, 28), (20, 26), 0, 0, 360, 2, -1)
    cv2.ellipse(labels, (x, 33), (15, 22), 0, 0, 360, 1, -1)
    cv2.rectangle(labels, (x - 2, 28), (x + 2, 38), 3, -1)
    cv2.rectangle(labels, (x - 5, 43), (x + 5, 47), 4, -1)
    for side in (-8, 8):
        cv2.rectangle(labels, (x + side - 2, 25), (x + side + 2, 27), 5, -1)
    return labels


def lapa_labels(shift: int = 0) -> np.ndarray:
    """The same face in LaPa's classes: the left eye is the picture's left."""
    drawn = fasseg_labels(shift)
    labels = np.zeros_like(drawn)
    for old, new in LAPA_OF_FASSEG.items():
        labels[drawn == old] = new
    eyes = drawn == 5
    middle = WIDTH // 2 + shift
    labels[:, :middle][eyes[:, :middle]] = 4
    labels[:, middle:][eyes[:, middle:]] = 5
    return labels


def photograph(labels: np.ndarray, seed: int) -> np.ndarray:
    """``(H, W, 3)`` RGB, a gray and some noise for each label."""
    random = np.random.default_rng(seed)
    gray = labels.astype(int) * 20 + 30 + random.integers(0, 10, labels.shape)
    return np.dstack([gray, gray + 5, gray + 10]).astype(np.uint8)


def write_pair(folder: Path, name: str, labels: np.ndarray, seed: int = 0) -> None:
    """``images/NAME.jpg`` and ``labels/NAME.png``."""
    for part in ('images', 'labels'):
        (folder / part).mkdir(parents=True, exist_ok=True)
    Image.fromarray(photograph(labels, seed)).save(folder / 'images' / f'{name}.jpg')
    Image.fromarray(labels).save(folder / 'labels' / f'{name}.png')


def write_fasseg(root: Path, frontal: int = 8) -> Path:
    """Frontal photographs 1 to ``frontal``, and two of person 01 and one of person 03."""
    for number in range(1, frontal + 1):
        labels = fasseg_labels(number % 5 - 2)
        write_pair(root / 'frontal_train', str(number), labels, number)
    for name in ('personne01146+0+0', 'personne01244+0-30', 'personne03152+0+90'):
        write_pair(root / 'multipose_train', name, fasseg_labels())
    return root


def write_lapa(root: Path, count: int = 4) -> Path:
    """As many faces in each of train, val and test; those of train with 106 points."""
    for part in ('train', 'val', 'test'):
        for number in range(count):
            labels = lapa_labels(number - 2)
            write_pair(root / part, f'{part}_{number}', labels, number)
    points = root / 'train' / 'landmarks'
    points.mkdir()
    for number in range(count):
        rows = [f'{i / 2} {i / 4}' for i in range(106)]
        (points / f'train_{number}.txt').write_text('106\n' + '\n'.join(rows) + '\n')
    return root
