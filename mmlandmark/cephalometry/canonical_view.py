"""The view of heads on which a detector was trained, and how an image differs from it.

Detectors of radiographs are trained on one view: upright, facing one side, with bright
bones, and a head that fills the image. An image may be mirrored, rotated, negative,
bordered or cropped. Its view is computed from points, however approximate, by a robust
similarity transform to the mean shape of the training images, and the polarity by the
correlation of the gray values with their mean image.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from ..errors import InputError
from ..structures.head_view import HeadView
from ..utils.affine import mapped, scale_of
from ..utils.gray_levels import spread
from .gray_values import correlation_of, reduced, usual_levels

#: Height of the mean image, pixels.
TEMPLATE_HEIGHT = 60

#: Height of the image in which a head is drawn in the canonical view, pixels.
CANVAS_HEIGHT = 1200

#: Smallest part of the canonical image that an image must show to be compared with it.
LEAST_SEEN = 0.2


@dataclass(frozen=True)
class ViewLimits:
    """The largest permitted differences of an image from the canonical view.

    Attributes:
        rotation: Degrees up to which an image is used as it is.
        scale: Factor up to which an image is used as it is.
        shift: Shift of the mean point, as a fraction of the height, up to which an image is
            used as it is.
        residual: Median distance of the points from the mean shape, as a fraction of the
            height, above which the image shows no head.
        correlation: Correlation with the mean image, below which the image shows no head.
        expected_error: Mean expected error, as a fraction of the height, above which
            the image shows no head.
        point: Distance of one point from the mean shape, as a fraction of the height,
            above which the point is of low confidence. Of the 150 training radiographs of
            ISBI 2015 the largest distance of a true point is 0.116.
    """

    rotation: float = 15.0
    scale: float = 1.2
    shift: float = 0.1
    residual: float = 0.06
    correlation: float = 0.05
    expected_error: float = 0.03
    point: float = 0.125


LIMITS = ViewLimits()


@dataclass(frozen=True)
class ViewFit:
    """The position of the canonical view in an image.

    Attributes:
        matrix: ``(2, 3)`` from pixels of the canonical image to pixels of the image.
        mirrored: Whether the two differ by a reflection.
        residual: Median distance of the points from the mean shape, as a fraction of the
            height of the canonical image.
        correlation: Correlation of the image with the mean image, -1 to 1; below 0 for a
            negative.
        levels: ``(256,)`` uint8, the gray value that replaces each gray value; None for an
            image of the usual polarity, range and brightness.
    """

    matrix: np.ndarray
    mirrored: bool
    residual: float
    correlation: float
    levels: np.ndarray | None = None

    @property
    def scale(self) -> float:
        """Pixels of the image per pixel of the canonical image."""
        return scale_of(self.matrix)

    @property
    def rotation(self) -> float:
        """Degrees by which the head is rotated clockwise in the image, -180 to 180."""
        # the direction of "down" is not changed by mirroring left and right
        down = self.matrix[:, 1]
        return float(np.degrees(np.arctan2(-down[0], down[1])))

    @property
    def negative(self) -> bool:
        """Whether dark and bright are exchanged."""
        return self.correlation < 0


@dataclass(frozen=True)
class CanonicalView:
    """The mean shape and the mean image of the training images.

    Attributes:
        size: Width and height of the canonical image, pixels.
        points: ``(K, 2)`` x, y of the mean shape in the canonical image, pixels.
        template: ``(h, w)`` float32, the mean image, reduced.
        facing: Side that the heads face, ``'left'`` or ``'right'``.
        gray: Whether all training images were gray, like radiographs.
    """

    size: tuple[int, int]
    points: np.ndarray
    template: np.ndarray
    facing: str
    gray: bool = False

    def usual_colours(self, bgr: np.ndarray) -> np.ndarray:
        """An image ``(H, W, 3)`` uint8 with the colours of the training images.

        A tinted photograph of a radiograph becomes gray. A dark or dim image is spread over
        the range of gray values, as a detector may find no head in it otherwise.
        """
        if self.gray:
            gray = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
            bgr = cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)
        return spread(bgr)

    def fit(self, points: np.ndarray, gray: np.ndarray) -> ViewFit | None:
        """Find the view of an image from its points.

        Args:
            points: ``(K, 2)`` x, y in pixels of the image; up to half of them may be
                wrong.
            gray: ``(H, W)`` uint8.

        Returns:
            None where no similarity transform fits.
        """
        width, _ = self.size
        reflected = self.points * (-1, 1) + (width - 1, 0)
        fits = []
        for mirrored, shape in ((False, self.points), (True, reflected)):
            matrix = _similarity(shape, points)
            if matrix is not None:
                far = np.linalg.norm(mapped(shape, matrix) - points, axis=1)
                fits.append(
                    (float(np.median(far)) / scale_of(matrix), mirrored, matrix)
                )
        if not fits:
            return None
        far, mirrored, matrix = min(fits, key=lambda fit: fit[0])
        if mirrored:
            matrix = matrix @ np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1.0]])
        seen, expected = self._sampled(gray, matrix)
        correlation = correlation_of(seen, expected)
        return ViewFit(
            matrix,
            mirrored,
            far / self.size[1],
            correlation,
            usual_levels(seen, correlation < 0),
        )

    def is_canonical(
        self, fit: ViewFit, box: np.ndarray, limits: ViewLimits = LIMITS
    ) -> bool:
        """Whether a detector may use a region of an image as it is.

        The arguments are those of :meth:`lies_canonically`; the gray values are compared,
        too.
        """
        return fit.levels is None and self.lies_canonically(fit, box, limits)

    def lies_canonically(
        self, fit: ViewFit, box: np.ndarray, limits: ViewLimits = LIMITS
    ) -> bool:
        """Whether the head lies in a region as in the training images.

        Args:
            fit: The view of the image, from :meth:`fit`.
            box: ``(4,)`` x1, y1, x2, y2 of the region, pixels of the image.
            limits: The largest permitted differences.
        """
        size = np.array(self.size, float)
        scale = ((box[2:] - box[:2] + 1) / size).max()
        middle = self.points.mean(axis=0)
        expected = (box[:2] + box[2:]) / 2 + scale * (middle - (size - 1) / 2)
        shift = np.linalg.norm(mapped(middle[None], fit.matrix)[0] - expected) / scale
        return (
            not fit.mirrored
            and abs(fit.rotation) <= limits.rotation
            and 1 / limits.scale <= fit.scale / scale <= limits.scale
            and bool(shift <= limits.shift * self.size[1])
        )

    def is_head(
        self, fit: ViewFit, expected_error: float, limits: ViewLimits = LIMITS
    ) -> bool:
        """Whether an image shows a head.

        Args:
            fit: The view of the image, from :meth:`fit`.
            expected_error: Mean expected error of the points, pixels of the image.
            limits: The limits above or below which it shows no head.
        """
        share = expected_error / fit.scale / self.size[1]
        return (
            fit.residual <= limits.residual
            and abs(fit.correlation) >= limits.correlation
            and share <= limits.expected_error
        )

    def far_points(
        self, fit: ViewFit, points: np.ndarray, limits: ViewLimits = LIMITS
    ) -> np.ndarray:
        """Which points are not where those of a head are, ``(K,)`` bool.

        A detector takes another structure for a point that the image does not show, with
        as small an expected error.

        Args:
            fit: The view of the image, from :meth:`fit`.
            points: ``(K, 2)`` x, y in pixels of the image.
            limits: The largest permitted differences.
        """
        far = np.linalg.norm(points - mapped(self.points, fit.matrix), axis=1)
        return far > limits.point * fit.scale * self.size[1]

    def draw(self, image: np.ndarray, fit: ViewFit) -> tuple[np.ndarray, np.ndarray]:
        """The canonical view of an image: upright, facing as in training, positive,
        with the usual range of gray values.

        Args:
            image: ``(H, W)`` or ``(H, W, C)`` uint8.
            fit: The view of the image, from :meth:`fit`.

        Returns:
            The image of the canonical size times a factor, black outside of the image;
            and the matrix ``(2, 3)`` from its pixels to those of the image.
        """
        factor = CANVAS_HEIGHT / self.size[1]
        size = round(self.size[0] * factor), CANVAS_HEIGHT
        # a resize keeps pixel edges in place
        up = np.array([[1 / factor, 0, 0.5 / factor - 0.5], [0] * 3, [0, 0, 1]])
        up[1] = 0, 1 / factor, 0.5 / factor - 0.5
        matrix = fit.matrix @ up
        warped = cv2.warpAffine(
            image if fit.levels is None else cv2.LUT(image, fit.levels),
            matrix,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )
        return warped, matrix

    def describe(self, fit: ViewFit, image_size: tuple[int, int]) -> HeadView:
        """The view of an image, in the form that is shown to users.

        Args:
            fit: The view of the image, from :meth:`fit`.
            image_size: Width and height of the image, pixels.
        """
        other = {'left': 'right', 'right': 'left'}
        corners = np.array([[0, 0], self.size], float) - 0.5
        corners = np.array([[x, y] for x in corners[:, 0] for y in corners[:, 1]])
        seen = mapped(corners, fit.matrix).clip(-0.5, np.array(image_size) - 0.5)
        (x1, y1), (x2, y2) = seen.min(axis=0).tolist(), seen.max(axis=0).tolist()
        return HeadView(
            facing=other[self.facing] if fit.mirrored else self.facing,
            rotation=fit.rotation,
            negative=fit.negative,
            frame=(x1, y1, x2, y2),
        )

    def _sampled(
        self, gray: np.ndarray, matrix: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Gray values of the image and of the mean image, where both are known."""
        height, width = self.template.shape
        step = self.size[1] / height
        grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
        places = mapped((grid.reshape(-1, 2) + 0.5) * step - 0.5, matrix)
        # average before sampling, as a pixel of the template covers several pixels of the
        # image
        small, shrink = reduced(gray, scale_of(matrix) * step)
        maps = ((places + 0.5) * shrink - 0.5).astype(np.float32)
        seen = cv2.remap(
            small, maps[:, 0].copy(), maps[:, 1].copy(), cv2.INTER_LINEAR
        ).reshape(-1)
        limits = np.array(gray.shape[::-1]) - 1
        inside = np.all((places >= 0) & (places <= limits), axis=1)
        if inside.mean() < LEAST_SEEN:
            inside = np.zeros_like(inside)
        expected = self.template.reshape(-1)[inside]
        return seen[inside].astype(float), expected.astype(float)

    def to_dict(self) -> dict:
        """Plain values for JSON; the mean image as a PNG in base 64."""
        done, png = cv2.imencode(
            '.png', np.clip(self.template, 0, 255).astype(np.uint8)
        )
        assert done
        return dict(
            size=list(self.size),
            points=self.points.tolist(),
            template=base64.b64encode(png.tobytes()).decode(),
            facing=self.facing,
            gray=self.gray,
        )

    @classmethod
    def from_dict(cls, values: dict, count: int) -> CanonicalView:
        """The inverse of :meth:`to_dict`.

        Args:
            values: The result of :meth:`to_dict`.
            count: Number of points of the model.

        Raises:
            InputError: A key is missing, or its value has another type.
        """
        try:
            png = np.frombuffer(base64.b64decode(values['template']), np.uint8)
            template = cv2.imdecode(png, cv2.IMREAD_GRAYSCALE)
            if template is None:
                raise ValueError('template is not a PNG')
            width, height = map(int, values['size'])
            points = np.asarray(values['points'], float).reshape(count, 2)
            facing = {'left': 'left', 'right': 'right'}[values['facing']]
            gray = bool(values.get('gray', False))  # not known by earlier versions
        except (KeyError, TypeError, ValueError, AttributeError, cv2.error) as error:
            raise InputError(f'not a canonical view: {error!r}') from None
        return cls((width, height), points, template.astype(np.float32), facing, gray)


def fit_canonical_view(
    shapes: np.ndarray,
    images: Iterable[np.ndarray],
    size: tuple[int, int],
    facing: str,
) -> CanonicalView:
    """The canonical view of annotated images.

    The mean shape is a generalised Procrustes mean (Gower, Psychometrika 1975, 40:33),
    placed and scaled as the images are on average.

    Args:
        shapes: ``(N, K, 2)`` true points in images resized to ``size``, pixels.
        images: N gray images ``(H, W)`` of that size, uint8.
        size: Width and height.
        facing: Side that the heads face, ``'left'`` or ``'right'``.
    """
    mean = shapes.mean(axis=0)
    for _ in range(5):
        aligned = [mapped(shape, _least_squares(shape, mean)) for shape in shapes]
        mean = np.mean(aligned, axis=0)
    # placed as the images are on average
    mean = mapped(mean, _least_squares(mean, shapes.mean(axis=0)))
    width = round(size[0] * TEMPLATE_HEIGHT / size[1])
    total = np.zeros((TEMPLATE_HEIGHT, width), np.float32)
    count = 0
    for shape, image in zip(shapes, images, strict=True):
        warp = _least_squares(mean, shape)
        upright = cv2.warpAffine(
            image,
            warp,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        total += cv2.resize(
            upright, (width, TEMPLATE_HEIGHT), interpolation=cv2.INTER_AREA
        )
        count += 1
    return CanonicalView(size, mean, total / count, facing)


def _similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray | None:
    """Robust similarity transform ``(2, 3)`` without reflection; None if there is none."""
    if not np.isfinite(target).all() or np.ptp(target, axis=0).max() < 1:
        return None
    matrix, _ = cv2.estimateAffinePartial2D(source, target, method=cv2.LMEDS)
    if matrix is None or not np.isfinite(matrix).all():
        return None
    return matrix if abs(np.linalg.det(matrix[:, :2])) > 1e-6 else None


def _least_squares(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The similarity transform ``(2, 3)`` of least squared distance."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    # for complex numbers a similarity transform is a multiplication
    z, w = a @ [1, 1j], b @ [1, 1j]
    factor = np.vdot(z, w) / np.vdot(z, z)
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    shift = target.mean(axis=0) - turn @ source.mean(axis=0)
    return np.column_stack([turn, shift])
