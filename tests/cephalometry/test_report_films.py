"""A film's scale: what was given goes before the points file, and that before the film."""

import json
from pathlib import Path

import numpy as np
import pytest
from plumb_head import NAMES, plumb

from mmlandmark.cephalometry import read_norms
from mmlandmark.cephalometry.report import Settings
from mmlandmark.cephalometry.report_films import Films
from mmlandmark.readers.picture import Picture

FILM = np.zeros((240, 220), np.uint8)
SHADOW = 'ImagerPixelSpacing (at the detector, not demagnified)'
SHRUNK = 'ImagerPixelSpacing / EstimatedRadiographicMagnificationFactor 1.1'


@pytest.mark.parametrize(
    ('given', 'of_points', 'of_film', 'length', 'said'),
    [
        (None, None, None, np.nan, 'uncalibrated'),
        (None, None, (0.5, SHADOW), 70, f'by {SHADOW}; not corrected for magnif'),
        (None, None, (0.5, SHRUNK), 70, f'0.5 mm per pixel, by {SHRUNK}'),
        (None, 0.25, (0.5, SHADOW), 35, 'as the points file says'),
        (0.1, 0.25, (0.5, SHADOW), 14, 'as given'),
    ],
)
def test_the_scale(tmp_path, given, of_points, of_film, length, said):
    rows = [
        dict(name=name, x=x, y=y)
        for name, (x, y) in zip(NAMES, plumb() * 2 + (50, 10), strict=True)
    ]
    spacing = [of_points] * 2 if of_points else None
    points = tmp_path / 'points.json'
    points.write_text(
        json.dumps(dict(predictions=[dict(points=rows, spacing=spacing)]))
    )
    picture = Picture(FILM)
    if of_film:
        picture = Picture(FILM, (of_film[0],) * 2, of_film[1])
    settings = Settings(read_norms(), spacing=(given, given) if given else None)
    sheet = Films(settings, 'ceph19').sheet(Path('film.dcm'), points, picture)
    found = sheet.measurements['S-N'].value
    assert found == pytest.approx(length, nan_ok=True)
    assert said in sheet.scale
    assert sheet.scale.endswith(SHRUNK) == (of_film == (0.5, SHRUNK))
