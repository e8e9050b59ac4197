"""Samples of two points for the tests of preparation, and what was prepared of them."""

import json

import numpy as np

from mmlandmark.schemes import Scheme
from mmlandmark.structures.sample import LandmarkSample

SCHEME = Scheme('two', ('a', 'b'), ('A', 'B'), (), ((0, 1),))


def sample(name='x', points=((1, 2), (3, 4)), size=(40, 30), **kwargs):
    """A gray image of that size with these points, in the training part."""
    width, height = size
    image = kwargs.pop('image', np.full((height, width), 128, np.uint8))
    kwargs = {'split': 'train', **kwargs}
    return LandmarkSample(name, image, np.array(points, float), **kwargs)


def read(out, split='train'):
    """The annotations of a prepared part."""
    return json.loads((out / f'{split}.json').read_text())
