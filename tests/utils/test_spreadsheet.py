import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from mmlandmark.utils.plain_text import legend_label, printable, without_math
from mmlandmark.utils.spreadsheet import original_cell, safe_cell


@pytest.mark.parametrize(
    ('text', 'cell'),
    [
        ('=cmd|calc!A0.jpg', "'=cmd|calc!A0.jpg"),
        ('+1+1', "'+1+1"),
        ('-radiograph.png', "'-radiograph.png"),
        ('@SUM(A1)', "'@SUM(A1)"),
        ('\t=1', "'\t=1"),
        ('\r=1', "'\r=1"),
        ('\uff1d1', "'\uff1d1"),
        ('-5', '-5'),
        ('+0.5e-3', '+0.5e-3'),
        ('-.5', '-.5'),
        ("'=1", "''=1"),
        ("'tis.png", "'tis.png"),
        ('a=1', 'a=1'),
        ('', ''),
    ],
)
def test_what_a_spreadsheet_would_calculate_is_text(text, cell):
    assert safe_cell(text) == cell
    assert original_cell(cell) == text


_SIGNS = st.text(st.sampled_from("'=+-@\t\r1.a"))


@given(st.one_of(_SIGNS, st.text()))
def test_every_cell_is_read_back(text):
    assert original_cell(safe_cell(text)) == text


def test_names_that_are_not_unicode_can_be_written():
    latin = b'caf\xe9.jpg'.decode('utf-8', 'surrogateescape')
    assert printable(latin) == r'caf\xe9.jpg'
    assert printable('two\nlines') == r'two\x0alines'
    assert printable('\ud800 caf\u00e9') == '\\ud800 caf\u00e9'
    assert without_math('$^$ \udcff') == r'\$^\$ \xff'


@pytest.mark.parametrize('label', ['_run', '__', '_$x', 'run'])
def test_a_legend_shows_labels_that_begin_with_an_underscore(label):
    axis = Figure().subplots()
    axis.plot([0, 1], label=legend_label(label))
    (shown,) = axis.legend().get_texts()
    assert shown.get_text().replace('\\', '').strip() == label
