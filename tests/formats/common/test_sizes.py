import numpy as np
import pytest
from dicom_files import write_dicom
from PIL import Image, ImageOps, PngImagePlugin

from mmlandmark import InputError
from mmlandmark.formats.common.sizes import (
    ROTATED,
    SCALED,
    UNKNOWN,
    check_size,
    claimed_size,
    fitted,
    stored_size,
)
from mmlandmark.structures.pixel_spacing import PixelSpacing
from mmlandmark.structures.sample import LandmarkSample, ReadReport


def turned_file(path, size, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new('RGB', size).save(path, exif=exif)
    return path


@pytest.mark.parametrize(
    ('claimed', 'raw', 'orientation', 'point', 'expected', 'notes'),
    [
        ((64, 48), (64, 48), 1, (10, 12), (10, 12), ()),
        (None, (64, 48), 1, (10, 12), (10, 12), ()),
        # half the size: pixel edges stay in place, (10 + 0.5) / 2 - 0.5
        ((128, 96), (64, 48), 1, (10, 12), (4.75, 5.75), (SCALED,)),
        ((32, 24), (64, 48), 1, (10, 12), (20.5, 24.5), (SCALED,)),
        ((1001, 667), (500, 333), 1, (1000.5, 666.5), (499.5, 332.5), (SCALED,)),
        # EXIF 6, stored 64x48, displayed 48x64: x = 47 - 12, y = 10
        ((64, 48), (64, 48), 6, (10, 12), (35, 10), (ROTATED,)),
        ((48, 64), (64, 48), 6, (10, 12), (10, 12), ()),
        ((64, 48), (64, 48), 8, (10, 12), (12, 53), (ROTATED,)),
        ((64, 48), (64, 48), 5, (10, 12), (12, 10), (ROTATED,)),
        ((64, 48), (64, 48), 7, (10, 12), (35, 53), (ROTATED,)),
        ((128, 96), (64, 48), 6, (10, 12), (41.25, 4.75), (SCALED, ROTATED)),
        ((96, 128), (64, 48), 6, (10, 12), (4.75, 5.75), (SCALED,)),
        # the size is the same either way
        ((64, 48), (64, 48), 3, (10, 12), (10, 12), (UNKNOWN,)),
        ((50, 50), (50, 50), 6, (10, 12), (10, 12), (UNKNOWN,)),
        ((100, 100), (50, 50), 6, (10, 12), (4.75, 5.75), (SCALED, UNKNOWN)),
        (None, (64, 48), 6, (10, 12), (10, 12), (UNKNOWN,)),
        # nearly square: only the exact size decides
        ((51, 50), (51, 50), 6, (10, 12), (37, 10), (ROTATED,)),
        ((50, 51), (51, 50), 6, (10, 12), (10, 12), ()),
    ],
)
def test_where_points_lie(claimed, raw, orientation, point, expected, notes):
    fit = check_size(claimed, raw, orientation)
    np.testing.assert_allclose(fit.points(np.array([point], float)), [expected])
    assert fit.notes == notes


@pytest.mark.parametrize(
    ('claimed', 'orientation'), [((48, 64), 1), ((64, 64), 6), ((70, 48), 3)]
)
def test_another_proportion_is_refused(claimed, orientation):
    with pytest.raises(InputError, match=r'labels are for an image of .* the file has'):
        check_size(claimed, (64, 48), orientation)


@pytest.mark.parametrize('orientation', range(5, 9))
def test_points_turn_as_pillow_turns(tmp_path, orientation):
    pixels = np.zeros((30, 40), np.uint8)
    pixels[12, 33] = 255
    path = tmp_path / 'a.png'
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(path, exif=exif)
    size, found = stored_size(path)
    assert (size, found) == ((40, 30), orientation)
    displayed = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    fit = check_size((40, 30), size, orientation)
    (x, y) = fit.points(np.array([[33.0, 12.0]]))[0]
    assert displayed[round(y), round(x)] == 255


def chunks_moved_back(data, *kinds):
    """A PNG whose chunks of some kinds come after its pixels."""
    at, parts, late = 8, [], []
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], 'big')
        (late if data[at + 4 : at + 8] in kinds else parts).append(data[at:end])
        at = end
    return data[:8] + b''.join([*parts[:-1], *late, parts[-1]])


@pytest.mark.parametrize('late', [False, True])
def test_the_orientation_of_a_png_is_read_before_and_after_its_pixels(tmp_path, late):
    path = turned_file(tmp_path / 'a.png', (40, 30), 6)
    if late:
        path.write_bytes(chunks_moved_back(path.read_bytes(), b'eXIf'))
        assert path.read_bytes().index(b'IDAT') < path.read_bytes().index(b'eXIf')
    assert stored_size(path) == ((40, 30), 6)


def test_the_pixels_of_a_png_are_not_decoded_for_its_size(tmp_path, monkeypatch):
    Image.new('L', (40, 30)).save(tmp_path / 'a.png')
    monkeypatch.setattr(PngImagePlugin.PngImageFile, 'load', pytest.fail)
    assert stored_size(tmp_path / 'a.png') == ((40, 30), 1)


def test_boxes_and_spacing_follow(tmp_path):
    # stored 40x30, displayed 30x40; the labels are of 80x60
    path = turned_file(tmp_path / 'a.jpg', (40, 30), 6)
    points = np.array([[33.0, 12.0], [np.nan, np.nan]])
    box = (9.5, 19.5, 49.5, 39.5)
    sample = LandmarkSample('a', path, points, spacing=PixelSpacing(0.1, 0.2), box=box)
    report = ReadReport()
    moved = fitted(sample, (80, 60), report)
    # x, y in 40x30: 16.25, 5.75; turned: 29 - 5.75, 16.25
    np.testing.assert_allclose(moved.points, [[23.25, 16.25], [np.nan, np.nan]])
    # in 40x30: 4.5, 9.5 to 24.5, 19.5
    assert moved.box == (9.5, 4.5, 19.5, 24.5)
    # twice as coarse, rows are columns now
    assert moved.spacing.pair == pytest.approx((0.4, 0.2))
    assert report.counts == {SCALED: 1, ROTATED: 1}
    with pytest.warns(UserWarning, match='EXIF'):
        fitted(sample, (80, 60), None)


def test_sizes_of_other_files(tmp_path):
    rows = np.zeros((6, 4), np.uint8)
    radiograph = write_dicom(tmp_path / 'a.dcm', rows)
    assert stored_size(radiograph) == ((4, 6), 1)
    tiff = turned_file(tmp_path / 'a.tif', (40, 30), 6)
    assert stored_size(tiff) == ((40, 30), 6)
    (tmp_path / 'b.jpg').write_bytes(b'nothing')
    assert stored_size(tmp_path / 'b.jpg') is None
    assert stored_size(tmp_path / 'none.jpg') is None


@pytest.mark.parametrize(
    ('width', 'height', 'size'),
    [(64, 48.0, (64, 48)), (None, 48, None), (0, 0, None), (float('nan'), 1, None)],
)
def test_claims(width, height, size):
    assert claimed_size(width, height) == size


@pytest.mark.parametrize('width', ['64', True, -1, 64.5, float('inf'), 10**400, [1]])
def test_claims_that_are_no_size(width):
    with pytest.raises(InputError):
        claimed_size(width, 48)
