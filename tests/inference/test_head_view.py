from dataclasses import replace

import cv2
import numpy as np
import pytest

from mmlandmark.cephalometry.canonical_view import fit_canonical_view
from mmlandmark.evaluation.image_changes import RADIOGRAPH_CHANGES
from mmlandmark.inference.head_view import find_heads
from mmlandmark.structures.prediction import Prediction

SIZE = (240, 300)
SHAPE = np.array([[80, 120], [160, 100], [190, 120], [180, 220], [120, 240]], float)
NAMES = tuple('abcde')


def head():
    image = np.full(SIZE[::-1], 100, np.uint8)
    image[:20] = 5
    cv2.circle(image, (100, 100), 70, 150, -1)
    cv2.rectangle(image, (160, 120), (190, 230), 240, -1)
    return np.dstack([image] * 3)


VIEW = fit_canonical_view(np.stack([SHAPE] * 2), [head()[..., 0]] * 2, SIZE, 'right')


class Model:
    """Knows where the head is; is wrong by 20 pixels in any but the canonical view."""

    def __init__(self, matrix, error=1.0):
        self.matrix, self.error, self.passes = matrix, error, 0
        self.median = error

    def find(self, tasks):
        self.passes += 1
        return [self.one(bgr, box) for bgr, box in tasks]

    def one(self, bgr, box):
        if self.passes == 1:
            points = np.column_stack([SHAPE, np.ones(5)]) @ self.matrix.T
            points = points[:, :2] / points[:, 2:]
            canonical = np.allclose(self.matrix, np.eye(3))
            points = points + (
                0 if canonical else [[5, 0], [0, -5], [-5, 0], [0, 5], [2, 2]]
            )
        else:  # drawn in the canonical view
            points = (SHAPE + 0.5) * 4 - 0.5
        return Prediction(
            points,
            np.ones(5),
            NAMES,
            box=tuple(map(float, box)),
            expected_errors=np.full(5, self.error),
            median_expected_error=self.median,
        )


def found(image, model):
    box = np.array([0, 0, image.shape[1] - 1, image.shape[0] - 1], np.float32)
    (one,) = find_heads(model, VIEW, [(image, box)])
    return one


def test_an_image_in_the_canonical_view_takes_one_pass():
    model = Model(np.eye(3))
    one = found(head(), model)
    assert model.passes == 1
    np.testing.assert_allclose(one.prediction.points, SHAPE)
    view = one.prediction.view
    assert (view.facing, view.negative) == ('right', False)
    assert abs(view.rotation) < 0.1


@pytest.mark.parametrize(
    ('name', 'facing', 'rotation', 'negative'),
    [
        ('mirrored', 'left', 0, False),
        ('negative', 'right', 0, True),
        ('rotated by 90 degrees', 'right', 90, False),
        ('rotated by 180 degrees', 'right', 180, False),
        ('mirrored, negative, rotated by 90 degrees', 'left', 90, True),
        ('black border of 60 %', 'right', 0, False),
    ],
)
def test_other_views_take_a_second_pass(name, facing, rotation, negative):
    image, matrix = RADIOGRAPH_CHANGES[name](head(), np.random.default_rng(0))
    model = Model(matrix)
    one = found(image, model)
    assert model.passes == 2
    assert one.is_head
    expected = np.column_stack([SHAPE, np.ones(5)]) @ matrix.T
    # the view is that of points that are off by some pixels
    far = np.linalg.norm(one.prediction.points - expected[:, :2], axis=1)
    assert far.max() < 12
    view = one.prediction.view
    assert (view.facing, view.negative) == (facing, negative)
    assert abs((view.rotation - rotation + 180) % 360 - 180) < 6


def test_a_head_of_large_expected_errors_is_refused():
    one = found(head(), Model(np.eye(3), error=30))
    assert not one.is_head
    assert one.prediction.low_confidence().all()


def striped(image):
    """Waves of 12 pixels, 25 to a height."""
    x = np.arange(image.shape[1])
    return np.clip(image + 30 * np.sin(x * 2 * np.pi / 12)[:, None], 0, 255).astype(
        np.uint8
    )


class Dazzled(Model):
    """Has other expected errors in its second pass."""

    def __init__(self, first, second):
        super().__init__(np.eye(3))
        self.errors, self.seen = (first, second), []

    def one(self, bgr, box):
        self.seen.append(bgr)
        error = self.errors[len(self.seen) - 1]
        points = SHAPE + len(self.seen)
        return replace(
            super().one(bgr, box), points=points, expected_errors=np.full(5, error)
        )


@pytest.mark.parametrize(
    ('first', 'second', 'used'),
    [
        (1.0, 0.5, 1),  # the usual expected error: one pass
        (30.0, 2.0, 2),  # refused at first
        (4.0, 1.9, 2),  # less than half
        (4.0, 2.1, 1),
    ],
)
def test_stripes_are_removed_if_the_expected_errors_are_large(first, second, used):
    model = Dazzled(first, second)
    one = found(striped(head()), model)
    np.testing.assert_allclose(one.prediction.points, SHAPE + used)
    assert len(model.seen) == (1 if first == 1 else 2)
    if len(model.seen) == 2:
        far = np.abs(model.seen[1].astype(int) - head()).mean()
        assert far < 0.4 * np.abs(model.seen[0].astype(int) - head()).mean()


def test_an_image_without_stripes_is_not_looked_at_again():
    model = Dazzled(4.0, 0.1)
    noise = np.random.default_rng(0).normal(0, 4, SIZE[::-1])[..., None]
    # the edges of the drawn head have frequencies like those of stripes
    smooth = cv2.GaussianBlur(head(), (0, 0), 4)
    found(np.clip(smooth + noise, 0, 255).astype(np.uint8), model)
    assert len(model.seen) == 1


def test_noise_is_refused():
    noise = np.random.default_rng(0).integers(0, 256, (300, 240, 3)).astype(np.uint8)
    assert not found(noise, Model(np.eye(3))).is_head


def test_a_small_part_of_a_head_is_refused():
    moved = np.array([[1, 0, 0], [0, 1, -150], [0, 0, 1.0]])
    assert (SHAPE[:, 1] < 150).sum() == 3  # of 5
    assert not found(head()[150:], Model(moved)).is_head


def test_points_outside_of_the_image_are_of_low_confidence():
    moved = np.array([[1, 0, 0], [0, 1, -110], [0, 0, 1.0]])
    one = found(head()[110:], Model(moved))
    outside = one.prediction.points[:, 1] < -0.5
    assert outside.any()
    np.testing.assert_array_equal(one.prediction.low_confidence(), outside)
    assert replace(one.prediction, flags=None).low_confidence().sum() == 0


def test_a_point_far_from_the_mean_shape_is_of_low_confidence():
    class Mistaken(Model):
        def one(self, bgr, box):
            prediction = super().one(bgr, box)
            # an eighth of the height is 37.5
            prediction.points[1] += (-30, 36)
            prediction.points[2] += (0, -10)
            return prediction

    one = found(head(), Mistaken(np.eye(3)))
    assert one.is_head
    low = [False, True, False, False, False]
    assert one.prediction.low_confidence().tolist() == low


@pytest.mark.parametrize(('second_error', 'is_second'), [(0.5, True), (2.0, False)])
def test_other_gray_values_are_kept_if_they_lower_the_expected_errors(
    second_error, is_second
):
    class Dim(Model):
        def one(self, bgr, box):
            prediction = super().one(bgr, box)
            if self.passes == 1:
                return prediction
            error = np.full(5, second_error * 4)  # drawn four times as large
            moved = prediction.points + 4
            return replace(prediction, points=moved, expected_errors=error)

    model = Dim(np.eye(3))
    one = found(head() // 3 + 80, model)
    assert model.passes == 2
    shift = one.prediction.points - SHAPE
    np.testing.assert_allclose(shift, 1 if is_second else 0, atol=0.2)


class RightHead(Model):
    """Sees a head in the right half of an image; in a part of one, it fills it."""

    def __init__(self):
        super().__init__(np.array([[1, 0, SIZE[0]], [0, 1, 0], [0, 0, 1.0]]))

    def one(self, bgr, box):
        if self.passes > 2:
            return replace(super().one(bgr, box), points=SHAPE)
        return super().one(bgr, box)


NOISE = np.random.default_rng(0).integers(0, 256, (300, 240, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ('beside', 'another', 'passes'),
    [
        (head(), True, 3),
        (head() // 2, True, 3),
        (NOISE, False, 3),
        # a uniform part and one that is too narrow for a head are not looked at
        (np.full((300, 240, 3), 90, np.uint8), False, 2),
        (head()[:, :85], False, 2),
    ],
)
def test_another_head_in_the_image_is_remarked(beside, another, passes):
    model = RightHead()
    model.matrix[0, 2] = beside.shape[1]
    one = found(np.hstack([beside, head()]), model)
    assert one.is_head
    assert one.prediction.view.another is another
    assert model.passes == passes
    remark = 'the image seems to show a second head: crop it to one head'
    assert (remark in one.prediction.view.remarks()) is another
    middle = one.prediction.points.mean(axis=0)
    assert abs(middle[0] - beside.shape[1] - SHAPE[:, 0].mean()) < 12


def alike(drawn, image):
    small = cv2.resize(drawn, image.shape[1::-1], interpolation=cv2.INTER_AREA)
    return np.corrcoef(small.ravel(), image.ravel())[0, 1] > 0.5


class SmallHead(Model):
    """Finds a head only in a box that is at most three times as wide."""

    def one(self, bgr, box):
        matrix = self.matrix
        width = box[2] - box[0]
        inside = box[0] <= matrix[0, 2] and matrix[0, 2] + SIZE[0] <= box[2] + 1
        inside &= box[1] <= matrix[1, 2] and matrix[1, 2] + SIZE[1] <= box[3] + 1
        if bgr.shape[1] == 4 * SIZE[0] and alike(bgr, head()):  # drawn canonically
            points = (SHAPE + 0.5) * bgr.shape[1] / SIZE[0] - 0.5
        elif inside and width < 3 * SIZE[0]:
            points = SHAPE + matrix[:2, 2]
        else:
            points = np.outer(np.arange(5), [width / 5, 0])  # on a line: no head
        return replace(super().one(bgr, box), points=points)


def page():
    gray = np.random.default_rng(0).integers(100, 130, (1300, 1000, 3))
    return gray.astype(np.uint8)


@pytest.mark.parametrize('place', [(0, 0), (740, 100), (400, 980), (759, 999)])
def test_a_small_head_is_found_on_a_page(place):
    x, y = place
    image = page()
    image[y : y + SIZE[1], x : x + SIZE[0]] = head()
    one = found(image, SmallHead(np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])))
    assert one.is_head
    np.testing.assert_allclose(one.prediction.points, SHAPE + place, atol=1)
    assert one.prediction.box == (0, 0, 999, 1299)


def test_a_page_without_a_head_is_refused():
    assert not found(page(), SmallHead(np.eye(3) * 1e6)).is_head
