"""Priority of scales: the given one, that of the points file, that of the image file."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plumb_head import NAMES, plumb

from mmlandmark import InputError, PixelSpacing
from mmlandmark.cephalometry import read_norms
from mmlandmark.report.files import FORMS, report_bytes
from mmlandmark.report.model import ReportOptions
from mmlandmark.report.radiographs import Radiographs
from mmlandmark.report.superimposition import superimpose
from mmlandmark.structures.head_view import HeadView
from mmlandmark.structures.loaded_image import LoadedImage

RADIOGRAPH = np.zeros((240, 220), np.uint8)
SHADOW = 'ImagerPixelSpacing (at the detector, not demagnified)'
SHRUNK = 'ImagerPixelSpacing / EstimatedRadiographicMagnificationFactor 1.1'


def points_file(path, spacing=None, **more):
    """A points file of the plumb head, two pixels a mm."""
    rows = [
        dict(name=name, x=x, y=y, **more)
        for name, (x, y) in zip(NAMES, plumb() * 2 + (50, 10), strict=True)
    ]
    spacing = spacing and PixelSpacing.square(spacing, 'PixelSpacing').to_dict()
    path.write_text(json.dumps(dict(predictions=[dict(points=rows, spacing=spacing)])))
    return path


@pytest.mark.parametrize(
    ('given', 'of_points', 'of_image', 'length', 'text'),
    [
        (None, None, None, np.nan, 'uncalibrated'),
        (None, None, (0.5, SHADOW), 70, f'from {SHADOW}; not corrected for magnif'),
        (None, None, (0.5, SHRUNK), 70, f'0.5 mm per pixel, from {SHRUNK}'),
        (None, 0.25, (0.5, SHADOW), 35, 'from the points file'),
        (0.1, 0.25, (0.5, SHADOW), 14, 'as given'),
    ],
)
def test_the_scale(tmp_path, given, of_points, of_image, length, text):
    points = points_file(tmp_path / 'points.json', of_points)
    picture = LoadedImage(RADIOGRAPH)
    if of_image:
        picture = LoadedImage(RADIOGRAPH, PixelSpacing.square(*of_image))
    settings = ReportOptions(read_norms(), spacing=PixelSpacing.of(given))
    report = Radiographs(settings, 'ceph19').report(
        Path('radiograph.dcm'), points, picture
    )
    found = report.measurements['S-N'].value
    assert found == pytest.approx(length, nan_ok=True)
    assert text in report.scale
    assert report.scale.endswith(SHRUNK) == (of_image == (0.5, SHRUNK))
    differ = [line for line in report.warnings if line.startswith('Scales differ')]
    known = [scale for scale in (given, of_points, of_image and of_image[0]) if scale]
    assert len(differ) == max(len(known) - 1, 0)
    assert all(f'differ: {known[0]:g} mm' in line for line in differ)


@pytest.mark.parametrize(
    ('of_file', 'given', 'otherwise', 'expected', 'text'),
    [
        (0.25, None, None, 0.25, 'from the points file'),
        (0.25, None, 0.5, 0.25, 'from the points file'),
        (None, None, 0.5, 0.5, 'as given for all radiographs'),
        (0.25, 0.4, None, 0.4, 'as given'),
        (None, None, None, None, 'uncalibrated'),
    ],
)
def test_a_later_radiograph_keeps_its_scale(
    tmp_path, of_file, given, otherwise, expected, text
):
    points = points_file(tmp_path / 'later.json', of_file)
    radiographs = Radiographs(
        ReportOptions(read_norms(), spacing=PixelSpacing.square(0.1)), 'ceph19'
    )
    report = radiographs.later_report(
        points,
        points,
        PixelSpacing.of(given),
        otherwise and PixelSpacing.square(otherwise, 'given for all radiographs'),
    )
    assert (report.spacing and report.spacing.pair) == (
        expected and (expected, expected)
    )
    assert text in report.scale
    several = sum(scale is not None for scale in (of_file, given, otherwise)) > 1
    assert any('Scales differ' in line for line in report.warnings) == several


ASKED = dict(low_confidence_mm=0.001, low_confidence_requested=True)


@pytest.mark.parametrize(
    ('spacing', 'row', 'options', 'low_confidence'),
    [
        (0.5, dict(expected_error=20), ASKED, True),
        (0.5, dict(expected_error=20, low_confidence=False), ASKED, True),
        (0.5, dict(expected_error=20, low_confidence=False), dict(), False),  # checked
        (0.5, dict(expected_error=20), dict(), True),  # 10 mm
        (0.1, dict(expected_error=20), dict(), False),  # 2 mm
        (0.5, dict(), ASKED, False),  # set by hand
        (
            0.5,
            dict(low_confidence=True),
            dict(low_confidence_mm=50, low_confidence_requested=True),
            True,
        ),
        (None, dict(expected_error=20), dict(), False),
    ],
)
def test_points_of_a_file_that_are_of_low_confidence(
    tmp_path, spacing, row, options, low_confidence
):
    points = points_file(tmp_path / 'points.json', spacing, **row)
    report = Radiographs(ReportOptions(read_norms(), **options), 'ceph19').report(
        points, points
    )
    assert report.low_confidence.tolist() == [low_confidence] * len(NAMES)
    assert np.isnan(report.measurements['SNA'].value) == low_confidence


def test_a_limit_in_mm_needs_a_scale(tmp_path):
    points = points_file(tmp_path / 'points.json', expected_error=20)
    radiographs = Radiographs(
        ReportOptions(read_norms(), low_confidence_requested=True), 'ceph19'
    )
    with pytest.raises(InputError, match='a limit in mm needs the scale'):
        radiographs.report(points, points)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(st.characters(), max_size=6)
    | st.sampled_from(["N'", 'N', '$^$', '=1', '\udce9', 1e308, 1e-308]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(['name', 'x', 'y', 'points']), inner, max_size=3
        )
    ),
    max_leaves=5,
)


@st.composite
def changed_files(draw):
    """A points file with some of its values changed."""
    rows = [
        dict(name=name, x=x, y=y, expected_error=1.0, low_confidence=False)
        for name, (x, y) in zip(NAMES, (plumb() * 2 + (50, 10)).tolist(), strict=True)
    ]
    head = dict(points=rows, spacing=dict(sy=0.5, sx=0.5, source=''))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.sampled_from([*rows, *rows, head]))
        place[draw(st.sampled_from([*place, 'more']))] = draw(_JSON)
    if draw(st.booleans()) and isinstance(head['points'], list):
        head['points'] = head['points'][: draw(st.integers(0, len(NAMES)))]
    return draw(
        st.sampled_from(
            [dict(predictions=[head]), head, [head], dict(predictions=head)]
        )
    )


@settings(max_examples=25, deadline=None)
@given(changed_files(), st.sampled_from(FORMS))
def test_a_changed_points_file_gives_a_report_or_one_error_line(values, form):
    with TemporaryDirectory() as folder:
        points = Path(folder) / 'points.json'
        points.write_text(json.dumps(values))
        radiographs = Radiographs(ReportOptions(read_norms()), 'ceph19')
        try:
            report = radiographs.report(points, points)
            over = superimpose(report, [report])
        except InputError as error:
            content = str(error)
        else:
            content = report_bytes(form, RADIOGRAPH, report, over)
        assert content


@pytest.mark.parametrize('another', [False, True])
def test_the_report_of_an_image_with_another_head_warns(tmp_path, another):
    path = points_file(tmp_path / 'a.json', 0.5)
    values = json.loads(path.read_text())
    values['predictions'][0]['view'] = HeadView('right', another=another).to_dict()
    path.write_text(json.dumps(values))
    report = Radiographs(ReportOptions(read_norms()), 'ceph19').report(path, path)
    warning = 'The image seems to show a second head: crop it to one head.'
    assert (warning in report.warnings) is another
