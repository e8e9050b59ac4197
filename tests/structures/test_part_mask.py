import cv2
import drawn_faces
import numpy as np
import pytest

from mmlandmark import PartMask
from mmlandmark.schemes.parts import FASSEG6


@pytest.fixture
def mask():
    return PartMask(drawn_faces.fasseg_labels(), FASSEG6.parts, FASSEG6)


def test_areas(mask):
    areas = mask.areas()
    assert sum(areas.values()) == 60 * 50
    assert areas['nose'] == 5 * 11
    assert areas['eyes'] == 2 * 5 * 3


def test_polygons_give_the_mask_again(mask):
    polygons = mask.polygons()
    canvas = np.zeros_like(mask.labels)
    for name in sorted(polygons, key=lambda name: -mask.areas()[name]):
        cv2.fillPoly(canvas, polygons[name], FASSEG6.parts.index(name))
    assert (canvas == mask.labels).mean() > 0.99
    assert len(polygons['eyes']) == 2
