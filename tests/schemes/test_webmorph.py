import numpy as np
import pytest
from tests_support import real_data

from mmlandmark.formats.webmorph import read_webmorph, webmorph_scheme
from mmlandmark.schemes import WEBMORPH189


@pytest.fixture(scope='module')
def sets():
    return real_data('webmorph', 'the WebMorph templates')


def test_the_lines_are_those_of_a_template(sets):
    theirs = webmorph_scheme(sets / 'neutral_front' / '001_03.tem')
    assert {*map(frozenset, WEBMORPH189.skeleton)} == {*map(frozenset, theirs.skeleton)}


def test_the_mean_head_is_its_own_mirror_image_once_swapped(sets):
    samples = read_webmorph(sets, WEBMORPH189)
    heads = np.array([sample.points for sample in samples])
    right, left = heads[:, :1], heads[:, 1:2]  # the pupils
    between = np.linalg.norm(left - right, axis=2, keepdims=True)
    mean = ((heads - (right + left) / 2) / between).mean(axis=0)
    mirrored = mean * (-1, 1)
    for a, b in WEBMORPH189.flip_pairs:
        mirrored[[a, b]] = mirrored[[b, a]]
    # of the distance of the pupils; the hair is the least symmetric
    assert np.linalg.norm(mean - mirrored, axis=1).max() < 0.05
    assert (
        mean[[a for a, _ in WEBMORPH189.flip_pairs], 0] < 0.01
    ).all()  # right is left
