import re

import pytest
from plumb_head import NAMES, plumb
from tests_support import ROOT

from mmlandmark import InputError
from mmlandmark.cephalometry import DEFINITIONS, measure, read_norms
from mmlandmark.cephalometry.norms import COLUMNS, Norm, norm_of


def test_every_norm_of_the_package_can_be_used():
    norms = read_norms()
    assert set(norms) <= set(DEFINITIONS)
    assert all(norm.source and norm.population for n in norms.values() for norm in n)
    assert len(norms) > 40


@pytest.mark.parametrize(
    ('name', 'sex', 'age', 'expected'),
    [
        ('SNA', None, None, '82 ± 2'),
        # 87 at 9 years and a degree in three years more, to 18
        ('Facial depth', None, 9, '87 ± 3'),
        ('Facial depth', None, 12, '88 ± 3'),
        ('Facial depth', None, 18, '90 ± 3'),
        ('Facial depth', None, 40, '90 ± 3'),
        ('Facial depth', None, None, '90 ± 3'),
        ('Facial depth', None, 2, None),
        ('A-N perpendicular', None, 8, '0'),
        ('A-N perpendicular', None, None, '1'),
        ('A-N perpendicular', None, 14, None),
        ('Wits appraisal', 'female', None, '-1 ± 2'),
        ('Wits appraisal', 'male', None, '0 ± 2'),
        ('Wits appraisal', None, None, None),
        ('Upper gonial angle', None, None, '52 to 55'),
        ('U1-PP', None, None, None),
        # Riolo et al. 1974: 78.3 ± 3.3 and 74.9 ± 3.0 on films to be multiplied by 0.886
        ('S-N', 'male', 12, '69.4 ± 2.9'),
        ('S-N', 'female', 12.4, '66.4 ± 2.7'),
        ('S-N', 'male', None, '71 ± 3'),
        ('ANS-Me', None, 12, None),
    ],
)
def test_norm_of_someone(name, sex, age, expected):
    norm = norm_of(read_norms(), name, sex, age)
    assert (norm and str(norm)) == expected


@pytest.mark.parametrize(
    ('norm', 'value', 'expected'),
    [
        (Norm(82, 2), 86, 2),
        (Norm(82, 4), 80, -0.5),
        (Norm(low=1, high=2), 5, float('nan')),
        (Norm(1), 5, float('nan')),
    ],
)
def test_deviation(norm, value, expected):
    assert norm.deviation(value) == pytest.approx(expected, nan_ok=True)


def test_a_file_takes_the_place_of_the_norms(tmp_path):
    path = tmp_path / 'own.csv'
    path.write_text('\ufeffmeasurement,value,sd\nSNA,86,4\n', encoding='utf-8')
    found = measure(plumb(), NAMES, norms=path)
    assert found['SNA'].deviation == pytest.approx(1)  # (90 - 86) / 4
    assert found['SNB'].norm is None


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('measurement,value\nSNX,82\n', "line 2: unknown measurement 'SNX'"),
        ('measurement,value\nSNA,\n', 'line 2 has neither a value nor low and high'),
        ('measurement,value\nSNA,wide\n', "line 2: value 'wide' is not a number"),
        ('measurement,value,sd\nSNA,82,0\n', 'line 2: sd 0.0 is not above zero'),
        ('measurement,value,sex\nSNA,82,f\n', "sex 'f' is not female, male"),
        ('measurement,value,mean\nSNA,82,1\n', "unknown column 'mean'"),
        ('measurement,value\nSNA,82,1\n', 'more cells than columns'),
        ('name;value\nSNA;82\n', 'needs the columns measurement and value'),
        ('', 'needs the columns measurement and value'),
    ],
)
def test_bad_norms_are_one_line(tmp_path, text, message):
    path = tmp_path / 'own.csv'
    path.write_text(text, encoding='utf-8')
    with pytest.raises(InputError, match=message):
        read_norms(path)


def test_the_columns_are_those_of_the_file_and_of_a_norm():
    assert set(COLUMNS) - {'measurement'} == set(Norm.__dataclass_fields__)


def test_the_reference_lists_every_measurement_its_points_and_its_norm():
    page = (ROOT / 'docs' / 'reference' / 'cephalometry.md').read_text(encoding='utf-8')
    rows = re.findall(r'^\| ([^|*]+), (°|mm|%) \| (.+?) \| .+? \| (.+?) \|', page, re.M)
    assert [row[0] for row in rows] == list(DEFINITIONS)
    norms = read_norms()
    for name, unit, points, norm in rows:
        definition = DEFINITIONS[name]
        assert (unit, points) == (definition.unit, ', '.join(definition.points))
        for found in norms.get(name, ()):
            by_age = found.sex and found.age_from  # these have a table of their own
            assert str(found) in (page if by_age else norm), name
        assert (norm == '-') == (name not in norms)


def test_every_norm_of_the_package_says_whether_it_was_checked():
    found = {norm.status for norms in read_norms().values() for norm in norms}
    assert found <= {'checked', 'from secondary source'}


def test_an_unknown_status_is_refused(tmp_path):
    path = tmp_path / 'own.csv'
    path.write_text('measurement,value,status\nSNA,86,probably\n')
    with pytest.raises(InputError, match="line 2: status 'probably' is not checked"):
        read_norms(path)
