"""The page as a person uses it, in headless Chromium."""

import base64
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from dicom_files import write_dicom
from PIL import Image
from web_support import SIZE, until

from mmlandmark.schemes import definition_of

pytestmark = pytest.mark.slow
DESKTOP = dict(viewport=dict(width=1280, height=800))
PHONE = dict(
    viewport=dict(width=390, height=844),
    device_scale_factor=2,
    has_touch=True,
    is_mobile=True,
)

#: Keys as fast as a held one repeats.
BURST = """[['ArrowRight'], ['ArrowRight'], ['ArrowUp'], ['ArrowLeft', true]].forEach(
  ([key, shiftKey]) => document.getElementById('canvas').dispatchEvent(
    new KeyboardEvent('keydown', { key, shiftKey })))"""

#: What reaches over the right edge of the window.
TOO_WIDE = """[...document.querySelectorAll('*')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5)
  .map(e => `${e.tagName} ${e.id} ${e.getBoundingClientRect().right}`)"""


@pytest.fixture
def new_page(browser, site):
    """Open the page in a context of its own; fails on errors and on foreign addresses."""
    contexts, wrong = [], []

    def start(**settings):
        context = browser.new_context(**(settings or DESKTOP))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on('pageerror', lambda error: wrong.append(str(error)))
        page.on('request', lambda request: check_address(request.url))
        page.goto(site.url)
        page.wait_for_selector('#model option', state='attached')
        return page

    def check_address(url):
        if not url.startswith((site.url, 'blob:')):
            wrong.append(url)

    yield start
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def page(new_page, radiograph):
    """The page with the drawn head and its measurements."""
    return opened(new_page(), radiograph)


def opened(page, radiograph):
    page.set_input_files('#file', radiograph)
    page.wait_for_selector('#measurements')
    return page


def spot(page, point):
    """Where a point of the image is on the screen while all of the image is seen."""
    box = page.locator('#canvas').bounding_box()
    scale = min(box['width'], box['height']) / SIZE
    left = box['x'] + (box['width'] - SIZE * scale) / 2
    top = box['y'] + (box['height'] - SIZE * scale) / 2
    x, y = point
    # a mouse is at whole pixels
    return round(left + (x + 0.5) * scale), round(top + (y + 0.5) * scale), scale


def drag(page, start, dx, dy):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + dx / 2, start[1] + dy / 2)
    page.mouse.move(start[0] + dx, start[1] + dy)
    page.mouse.up()


def value(page, name):
    return page.inner_text(f'tr[data-measurement="{name}"] td:nth-child(2)')


def changed(page, name, before):
    """The value of a measurement once it is another."""
    until(lambda: value(page, name) != before)
    return value(page, name)


def place(page):
    """Where the chosen point is, as the page says."""
    found = re.search(r'x (-?[\d.]+), y (-?[\d.]+)', page.inner_text('#where'))
    return np.array([float(number) for number in found.groups()])


def saved(page, form):
    with page.expect_download() as download:
        page.click(f'#downloads [data-form={form}]')
    return download.value


def test_a_point_is_dragged_and_the_table_follows(page, spots):
    assert page.inner_text('#disclaimer').startswith(
        'Research software, not a medical device'
    )
    first = value(page, 'SNA')
    assert '±' in first
    point = spots['A']
    x, y, scale = spot(page, point)
    drag(page, (x, y), 24, 4)
    second = changed(page, 'SNA', first)
    assert '±' not in second
    moved = np.array((24, 4)) / scale
    np.testing.assert_allclose(place(page), point + moved, atol=0.11)
    assert 'set by you' in page.inner_text('#where')
    page.click('#undo')
    until(lambda: value(page, 'SNA') == first)
    np.testing.assert_allclose(place(page), point, atol=0.06)
    assert page.is_disabled('#undo')


def test_a_rotated_head_is_shown_upright(new_page, head, spots, tmp_path):
    """Shown a quarter turn clockwise: right on the screen is up in the image."""
    cv2.imwrite(str(tmp_path / 'dark.png'), head.image // 4)
    page = opened(new_page(), tmp_path / 'dark.png')
    across, down = spots['A']
    x, y, scale = spot(page, (SIZE - 1 - down, across))
    drag(page, (x, y), 24, 4)
    until(lambda: 'set by you' in page.inner_text('#where'))
    moved = np.array((4, -24)) / scale
    np.testing.assert_allclose(place(page), spots['A'] + moved, atol=0.11)
    page.focus('#canvas')
    before = place(page)
    page.keyboard.press('ArrowRight')
    np.testing.assert_allclose(place(page) - before, (0, -1), atol=0.02)


def test_points_show_their_definitions(page):
    titles = page.eval_on_selector_all('#point option', 'all => all.map(o => o.title)')
    nasion = definition_of('nasion')
    assert f'{nasion.text} ({nasion.source})' in titles
    assert all(titles[1:])
    page.select_option('#point', label='N Nasion')
    for chosen in ('#point', '#where'):
        assert page.get_attribute(chosen, 'title').startswith(nasion.text)
    page.focus('#canvas')
    page.keyboard.press('Escape')
    assert page.get_attribute('#where', 'title') == ''


def test_keys_move_the_chosen_point_by_a_pixel(page, spots):
    page.select_option('#point', label='A Subspinale')
    page.focus('#canvas')
    page.keyboard.press('ArrowRight')
    np.testing.assert_allclose(place(page), spots['A'] + (1, 0), atol=0.11)
    page.keyboard.press('Control+z')
    page.evaluate(BURST)
    np.testing.assert_allclose(place(page), spots['A'] + (-8, -1), atol=0.11)
    page.keyboard.press('Control+z')  # a burst of keys is undone as one
    np.testing.assert_allclose(place(page), spots['A'], atol=0.06)
    page.keyboard.press('n')
    assert page.inner_text('#where').startswith('B ')
    page.keyboard.press('Escape')
    assert page.input_value('#point') == ''
    page.keyboard.press('ArrowLeft')  # moves the image now
    assert page.is_disabled('#undo')


def test_a_point_of_low_confidence_is_confirmed_and_then_measured_from(page):
    assert not page.query_selector('tr[data-measurement="FMA"]')
    assert '1 point of low confidence' in page.inner_text('#where')
    warning = page.inner_text('.warning')
    assert 'Po' in warning
    page.select_option('#point', index=4)
    assert 'low confidence' in page.inner_text('#where')
    page.focus('#canvas')
    page.keyboard.press('Enter')
    page.wait_for_selector('tr[data-measurement="FMA"]')
    assert not page.query_selector('.warning')
    assert page.is_disabled('#confirm')
    page.click('#reset')
    page.wait_for_selector('.warning')


def test_a_ruler_calibrates(page):
    def scale_is(expected):
        return abs(float(page.input_value('#mm-per-px') or 0) - expected) < 0.002

    page.click('#ruler')
    for end in ((40, 40), (40, 240)):
        page.mouse.click(*spot(page, end)[:2])
    page.fill('#ruler-mm', '50')
    until(lambda: scale_is(0.25))
    length = value(page, 'S-N')
    assert length.endswith('mm')
    x, y, scale = spot(page, (40, 240))
    drag(page, (x, y), 0, round(50 * scale))  # its end: 250 pixels are 50 mm now
    changed(page, 'S-N', length)
    until(lambda: scale_is(0.2))
    page.click('#ruler-off')
    page.fill('#mm-per-px', 'much')
    page.wait_for_selector('#results-error:not([hidden])')
    error = page.inner_text('#results-error')
    assert error == 'mm per pixel should be a valid number'


def test_a_dicom_file_is_calibrated(new_page, radiograph, tmp_path):
    pixels = np.asarray(Image.open(radiograph).convert('L'))
    spaced = write_dicom(tmp_path / 'radiograph.dcm', pixels, PixelSpacing=[0.3, 0.3])
    page = opened(new_page(), spaced)
    assert page.input_value('#mm-per-px') == '0.3'
    assert page.inner_text('#scale-from') == (
        'Image file: 0.3 mm per pixel (PixelSpacing).'
    )
    assert value(page, 'S-N').endswith('mm')
    opened(page, radiograph)
    until(lambda: page.input_value('#mm-per-px') == '')
    assert not page.is_visible('#scale-from')


def test_zoom_keeps_what_is_under_the_mouse(page, spots):
    point = spots['A']
    x, y, scale = spot(page, point)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -800)
    page.wait_for_timeout(200)
    drag(page, (x, y), 12, 0)
    moved = place(page) - point
    by = np.exp(800 * 0.0015)
    np.testing.assert_allclose(moved, (12 / scale / by, 0), atol=0.11)
    page.click('#fit')
    x, y, _ = spot(page, place(page))
    page.keyboard.press('Escape')
    page.mouse.click(x, y)
    assert page.inner_text('#where').startswith('A ')


def test_downloads(page, spots):
    before = value(page, 'SNA')
    x, y, scale = spot(page, spots['A'])
    drag(page, (x, y), 10, 0)
    changed(page, 'SNA', before)
    download = saved(page, 'json')
    assert download.suggested_filename == 'a head.json'
    values = json.loads(Path(download.path()).read_text(encoding='utf-8'))
    (row,) = [r for r in values['measurements'] if r['measurement'] == 'SNA']
    until(lambda: value(page, 'SNA') == f'{row["value"]:.1f}°')
    (point,) = [p for p in values['points'] if p['label'] == 'A']
    assert point['x'] == pytest.approx(spots['A'][0] + 10 / scale, abs=0.11)
    report = saved(page, 'html')
    assert report.suggested_filename == 'a head_report.html'
    assert '1 set by hand' in Path(report.path()).read_text(encoding='utf-8')
    assert saved(page, 'coco').suggested_filename == 'a head_coco.json'


def test_mistakes_are_one_line_in_the_page(new_page, site, radiograph, tmp_path, capfd):
    page = new_page()

    def error_of(name, content):
        (tmp_path / name).write_bytes(content)
        page.set_input_files('#file', tmp_path / name)
        page.wait_for_selector('#error:not([hidden])')
        page.wait_for_selector('#busy', state='hidden')
        return page.inner_text('#error')

    assert error_of('words.png', b'no picture').startswith('words.png is not an image')
    assert error_of('big.png', b'0' * 700_000) == (
        'big.png has 0.7 MB, the limit is 0.5 MB: reduce the size of the image'
    )
    gray = cv2.imencode('.png', np.full((64, 64), 90, np.uint8))[1].tobytes()
    assert error_of('gray.png', gray).startswith('no face found')
    assert page.is_visible('#canvas')
    opened(page, radiograph)  # and the page goes on
    assert page.is_hidden('#error')
    assert 'Traceback' not in capfd.readouterr().err


def test_a_radiograph_that_was_forgotten_is_sent_again(page, site, spots):
    """With what was corrected, for it is the page that keeps the points."""
    first = value(page, 'SNA')
    x, y, scale = spot(page, spots['A'])
    drag(page, (x, y), 24, 4)
    changed(page, 'SNA', first)
    (key,) = site.sessions._images
    site.sessions.delete(key)
    download = saved(page, 'json')
    values = json.loads(Path(download.path()).read_text(encoding='utf-8'))
    (point,) = [p for p in values['points'] if p['label'] == 'A']
    assert point['x'] == pytest.approx(spots['A'][0] + 24 / scale, abs=0.11)
    (again,) = site.sessions._images
    assert again != key
    (row,) = [r for r in values['measurements'] if r['measurement'] == 'SNA']
    until(lambda: value(page, 'SNA') == f'{row["value"]:.1f}°')
    assert page.is_hidden('#results-error')
    assert len(site.sessions) == 1
    page.goto('about:blank')
    until(lambda: len(site.sessions) == 0)


def test_another_detector_and_back(page, site):
    before = value(page, 'SNA')
    page.select_option('#model', 'face68')
    page.wait_for_selector('#point option:nth-child(69)', state='attached')
    assert page.is_hidden('#results')
    assert page.is_hidden('#scale')
    forms = page.eval_on_selector_all(
        '#downloads button', 'all => all.map(b => b.dataset.form)'
    )
    assert forms == ['json', 'points', 'coco']
    page.click('#undo')
    page.wait_for_selector('#results:not([hidden])')
    assert page.input_value('#model') == 'ceph19'
    assert value(page, 'SNA') == before
    page.select_option('#facing', 'left')
    until(lambda: site.finder.calls[-1] == ('ceph19', 'left'))


def test_a_dropped_file_and_a_closed_page(new_page, site, radiograph):
    page = new_page()
    assert len(site.sessions) == 0
    data = base64.b64encode(radiograph.read_bytes()).decode()
    page.evaluate(
        """data => {
          const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
          const files = new DataTransfer();
          files.items.add(new File([bytes], 'dropped.png'));
          const drop = new DragEvent('drop', { dataTransfer: files, bubbles: true });
          document.getElementById('frame').dispatchEvent(drop);
        }""",
        data,
    )
    page.wait_for_selector('#measurements')
    assert 'dropped.png' in page.inner_text('#image-name')
    assert len(site.sessions) == 1
    page.goto('about:blank')
    until(lambda: len(site.sessions) == 0)


def touch(page, *steps):
    """Fingers on the screen: each step is where they are; then they are lifted."""
    client = page.context.new_cdp_session(page)
    for number, places in enumerate(steps):
        points = [dict(x=x, y=y, id=i) for i, (x, y) in enumerate(places)]
        kind = 'touchMove' if number else 'touchStart'
        client.send('Input.dispatchTouchEvent', dict(type=kind, touchPoints=points))
    client.send('Input.dispatchTouchEvent', dict(type='touchEnd', touchPoints=[]))


def test_fingers_on_a_phone(new_page, radiograph, spots):
    page = opened(new_page(**PHONE), radiograph)
    too_wide = page.evaluate(TOO_WIDE)
    assert too_wide == []
    point = spots['Me']
    before = value(page, 'ANS-Me/N-Me')
    x, y, scale = spot(page, point)
    # next to the point: the point moves by the movement of the finger
    x, y = x + 6, y + 8
    touch(page, [(x, y)], [(x + 5, y + 9)], [(x, y + 20)])
    changed(page, 'ANS-Me/N-Me', before)
    moved = place(page) - point
    np.testing.assert_allclose(moved, (0, 20 / scale), atol=0.11)
    page.click('#undo')
    box = page.locator('#canvas').bounding_box()
    x, y = box['x'] + box['width'] / 2, box['y'] + 60
    touch(page, [(x - 20, y), (x + 20, y)], [(x - 30, y), (x + 30, y)],
          [(x - 40, y), (x + 40, y)])  # fmt: skip
    assert page.is_disabled('#undo')
    # twice as large now: two pixels of the screen are one of before
    at = np.array(spot(page, point)[:2])
    at = (x, y) + 2 * (at - (x, y))
    page.touchscreen.tap(*at)
    assert page.inner_text('#where').startswith('Me ')


def growth_table(page):
    rows = page.query_selector_all('#growth table tr')[1:]
    cells = [[c.inner_text() for c in row.query_selector_all('td')] for row in rows]
    return {first.split(',')[0]: rest for first, *rest in cells}


def test_radiographs_of_one_patient_are_compared_over_time(page, spots, tmp_path):
    """The same head at 8 and, with A moved, at 10 years; saved and opened again."""

    def keep(age):
        page.fill('#age', age)
        # refused until the server has measured with this age
        until(
            lambda: page.click('#keep') or f'{age} years' in page.inner_text('#growth')
        )

    keep('8')
    assert not growth_table(page)  # one radiograph has no change
    first = value(page, 'SNA')
    drag(page, spot(page, spots['A'])[:2], 24, 4)
    changed(page, 'SNA', first)
    keep('10')
    second = value(page, 'SNA')
    table = growth_table(page)
    before, after = (
        float(text.split('°')[0].split(' ')[0]) for text in (first, second)
    )
    assert [float(text) for text in table['SNA'][:2]] == [before, after]
    assert float(table['SNA'][2]) == pytest.approx(after - before, abs=0.11)
    assert table['SNA'][3] == ''  # a point that was set by hand has no expected error
    assert table['SNB'][2:] == ['0.0', 'no']
    page.click('#growth table button >> text=SNB')
    assert page.get_attribute('#growth svg', 'aria-label') == 'SNB'
    assert page.locator('#growth svg circle').count() == 2
    assert page.evaluate(TOO_WIDE) == []
    with page.expect_download() as download:
        page.click('#save-series')
    download.value.save_as(tmp_path / 'series.json')
    page.click('#growth li button >> nth=0')
    assert not growth_table(page)
    page.set_input_files('#series', tmp_path / 'series.json')
    until(lambda: growth_table(page) == table)
    (tmp_path / 'other.json').write_text('{"radiographs": []}')
    page.set_input_files('#series', tmp_path / 'other.json')
    until(lambda: 'is not a series' in page.inner_text('#results-error'))
    assert growth_table(page) == table
