import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.formats.common.points import ordered, scheme_of
from mmlandmark.schemes import ISBI19, Scheme
from mmlandmark.structures.sample import ReadReport


def test_points_are_known_by_the_synonyms_of_the_scheme():
    report = ReadReport()
    points = [('N', 1, 2), ("N'", 3, 4), ('Pog\u2032', 5, 6), ('pogonion', 7, 8)]
    found = ordered(points, ISBI19, report)
    assert found[1].tolist() == [1, 2]
    assert found[15].tolist() == [5, 6]
    assert found[6].tolist() == [7, 8]
    assert np.isfinite(found).all(axis=1).sum() == 3
    assert report.counts == {
        'points left out, scheme isbi19 has no "N\'"': 1,
    }


def test_a_point_and_its_synonym_in_one_head_are_refused():
    with pytest.raises(InputError, match="'nasion' is set twice"):
        ordered([('N', 1, 2), ('nasion', 3, 4)], ISBI19)


@pytest.mark.parametrize(
    'names', [('Pog', "Pog'"), ('N', 'N`'), ('\u03b1', '\u03b2'), ('\u5de6', '\u53f3')]
)
def test_labels_that_differ_by_a_sign_are_points_of_their_own(names):
    assert scheme_of([*names, *names], 'own', 'file').points == names


def test_two_spellings_of_one_label_are_refused():
    with pytest.raises(InputError, match="file: the labels 'Nose tip' and 'nose_tip'"):
        scheme_of(['Nose tip', 'chin', 'nose_tip'], 'own', 'file')


@pytest.mark.parametrize(
    ('synonyms', 'message'),
    [
        ((('x',), ('X',)), "'X' names two of its points, 'a' and 'b'"),
        ((('b',), ()), "'b' names two of its points"),
        ((('x',),), '2 points but 1 lists of synonyms'),
    ],
)
def test_a_synonym_names_one_point(synonyms, message):
    with pytest.raises(InputError, match=message):
        Scheme('two', ('a', 'b'), ('a', 'b'), synonyms=synonyms)
