"""Audit of labels: each way to spoil a label is found and named."""

import re

import numpy as np
import pytest

from mmlandmark.errors import InputError
from mmlandmark.io.writing import write_image
from mmlandmark.studies import shapes
from mmlandmark.studies.audit import audit, robust_z
from mmlandmark.studies.audit_files import rows, write_audit
from mmlandmark.studies.audit_trial import WAYS, spoil, trial
from mmlandmark.studies.label_set import LabelSet

NAMES = (
    *('top', 'left eye', 'right eye', 'nose', 'left corner', 'right corner', 'chin'),
)
FACE = np.array(
    [[50.0, 0], [70, 30], [30, 30], [52, 50], [65, 70], [35, 70], [50, 100]]
)


def faces(count=40, seed=0, noise=1.0):
    rng = np.random.default_rng(seed)
    found = {}
    for i in range(count):
        angle, size = rng.normal(0, 0.05), rng.normal(4, 0.2)
        turn = size * np.array(
            [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        )
        points = FACE + rng.normal(0, noise, FACE.shape)
        found[f'{i:02}'] = points @ turn.T + rng.normal(300, 10, 2)
    return LabelSet('faces', NAMES, found, flip_pairs=((1, 2), (4, 5)))


def test_a_shape_is_aligned_exactly():
    turned = FACE @ np.array([[0.0, 3], [-3, 0]]) + (7, -2)
    aligned, matrices = shapes.align(turned[None], FACE)
    np.testing.assert_allclose(aligned[0], FACE, atol=1e-9)
    np.testing.assert_allclose(matrices[0], [[0, -3], [3, 0]], atol=1e-9)


def test_a_missing_point_does_not_change_the_alignment():
    points = FACE * 2 + 5
    points[3] = np.nan
    aligned, _ = shapes.align(points[None], FACE)
    np.testing.assert_allclose(
        np.delete(aligned[0], 3, 0), np.delete(FACE, 3, 0), atol=1e-9
    )


def test_mahalanobis_of_missing_coordinates():
    found = shapes.mahalanobis(np.array([[2.0, 0], [2, np.nan]]), np.diag([4.0, 1]))
    np.testing.assert_allclose(found, [0.5, 1])  # (1 + 0) / 2 coordinates, 1 / 1


def test_robust_z():
    # logs 0, 1, 2, 3, 10: median 2, MAD 1
    found = robust_z(np.exp([0.0, 1, 2, 3, 10]))
    np.testing.assert_allclose(found, np.array([-2, -1, 0, 1, 8]) / 1.4826)


def changed(labels, image, points):
    labels.points[image] = points
    return labels


CASES = {
    'exchanged': (lambda p: p[[0, 1, 2, 6, 4, 5, 3]], 'nose and chin are exchanged'),
    'mirrored': (lambda p: p * (-1, 1) + (700, 0), 'left and right are exchanged'),
    'order': (lambda p: np.roll(p, 1, axis=0), 'order of the points is shifted by one'),
    'scaled': (lambda p: p * 0.5, r'0\.[45]\d? times the usual size'),
    'outlier': (lambda p: p + np.eye(7)[3][:, None] * 60, 'nose is far'),
}


@pytest.mark.parametrize('case', CASES)
def test_a_wrong_label_is_first_and_named(case):
    spoil_one, reason = CASES[case]
    labels = faces()
    image = '17'
    found = audit(changed(labels, image, spoil_one(labels.points[image])))
    assert found.ranking[0].image == image
    assert found.ranking[0] in found.flagged
    assert re.search(reason, found.ranking[0].reason), found.ranking[0].reason


def test_labels_of_another_picture_need_a_detector():
    labels, detected = faces(), faces(noise=1.0)
    labels.points['03'] = labels.points['20'].copy()
    assert '03' not in {one.image for one in audit(labels).flagged}
    rng = np.random.default_rng(1)
    detected.points = {
        k: p + rng.normal(0, 2, p.shape) for k, p in faces().points.items()
    }
    found = audit(labels, detected)
    assert found.ranking[0].image == '03'
    assert found.ranking[0].reason == 'the points fit another picture'


def test_clean_labels_are_not_flagged():
    assert audit(faces(60)).flagged == []


def test_a_shift_of_all_labels_is_told_with_a_detector():
    labels = faces()
    rng = np.random.default_rng(2)
    detected = faces()
    detected.points = {
        k: p - 1 + rng.normal(0, 0.5, p.shape) for k, p in labels.points.items()
    }
    found = audit(labels, detected)
    assert found.flagged == []
    assert found.remarks[0].startswith('All labels lie +1.0')


def test_too_few_images_are_refused():
    with pytest.raises(InputError, match='an audit needs 20 images'):
        audit(faces(19))


def test_a_trial_spoils_a_part_in_turn_and_finds_it():
    points, spoiled = spoil(faces(60), 0.1, 0)
    assert set(spoiled.values()) == set(WAYS)
    assert [
        k for k, p in points.items() if not np.array_equal(p, faces(60).points[k])
    ] == (sorted(spoiled))
    ways = {
        k: v for k, v in WAYS.items() if k in ('order shifted by one', 'one outlier')
    }
    found = trial(faces(60), seeds=range(2), ways=ways)
    assert (found.spoiled, found.precision) == (6, 1.0)


@pytest.mark.parametrize('tool', ['cvat', 'label-studio'])
def test_files(tmp_path, tool):
    labels = faces()
    labels.points['05'] = labels.points['05'][::-1].copy()
    for one in labels.points:
        labels.images[one] = tmp_path / f'{one}.png'
    write_image(tmp_path / '05.png', np.zeros((900, 900), np.uint8))
    found = audit(labels)
    assert found.ranking[0].image == '05'
    assert rows(found)[0]['flagged'] == 1
    out = tmp_path / 'out'
    out.mkdir()
    written = write_audit(out, found, labels, 1, tool)
    assert {p.name for p in written} >= {'audit.csv', 'audit.png'}
    assert len(written) == 4
    assert all(p.stat().st_size for p in written)


def test_a_tool_needs_the_images(tmp_path):
    with pytest.raises(InputError, match='needs the images'):
        write_audit(tmp_path, audit(faces()), faces(), 1, 'cvat')
