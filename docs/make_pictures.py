"""Make the pictures of the documentation, of drawn heads and one CC BY photograph.

    python docs/make_pictures.py             # all
    python docs/make_pictures.py report page

Needs the extras ``fast``, ``parts`` and ``web``, Playwright and Chromium. Takes about two
minutes on two CPU cores.
"""

from __future__ import annotations

import contextlib
import csv
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
from PIL import Image
from playwright.sync_api import sync_playwright

from mmlandmark import synthetic

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / 'docs' / 'pictures'
FACE = ROOT / 'examples' / 'face.jpg'
#: Pixels of the drawn radiograph, and its mm per pixel.
SIZE, SPACING = 480, 0.5


def main() -> None:
    """Run the commands in a temporary folder and keep their pictures."""
    makers = dict(
        overlays=overlays, curves=curves, report=report, faces=faces, page=page
    )
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        radiograph = Path(folder) / 'radiograph.png'
        head = next(synthetic.draw_heads(1, seed=6, size=SIZE))
        cv2.imwrite(str(radiograph), head.image)
        for name in sys.argv[1:] or makers:
            makers[name](radiograph, radiograph.parent)


def overlays(radiograph: Path, work: Path) -> None:
    """Points of a radiograph and of a face, and the parts of a face."""
    out = work / 'points'
    mmlandmark('predict', '--img', radiograph, '--mm-per-px', SPACING, '--out', out)
    keep(out / 'radiograph_overlay.png', 'overlay.jpg', 640)
    mmlandmark('predict', '--img', FACE, '--model', 'face68', '--out', work / 'face')
    keep(work / 'face' / 'face_overlay.png', 'face.jpg', 640)
    mmlandmark('predict', '--img', FACE, '--model', 'parts', '--landmarks', 'face68',
               '--out', work / 'parts')  # fmt: skip
    keep(work / 'parts' / 'face_overlay.png', 'parts.jpg', 640)


def curves(radiograph: Path, work: Path) -> None:
    """Learning curves and the error distribution of a short training on drawn heads."""
    table = work / 'heads.csv'
    with table.open('w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        names = synthetic.ISBI19
        columns = [f'{name}_{axis}' for name in names for axis in 'xy']
        writer.writerow(['image', *columns])
        for number, head in enumerate(synthetic.draw_heads(120, seed=3, size=96)):
            name = f'{number:03}.png'
            cv2.imwrite(str(work / name), head.image)
            points = [value for name in names for value in head.points[name]]
            writer.writerow([name, *points])
    run = ['configs/csv_cnn2.py', '--data', table, '--work-dir', work / 'run']
    mmlandmark('train', *run, '--cfg-options', 'train_cfg.max_epochs=15',
               'train_dataloader.num_workers=0',
               'val_dataloader.num_workers=0')  # fmt: skip
    mmlandmark('test', *run, '--ced', work / 'ced.png')
    mmlandmark('curves', work / 'run')
    keep(work / 'ced.png', 'ced.png')
    keep(work / 'run' / 'curves.png', 'curves.png')


def report(radiograph: Path, work: Path) -> None:
    """The first screen of the HTML report."""
    out = work / 'report.html'
    mmlandmark('report', '--img', radiograph, '--mm-per-px', SPACING, '--out', out)
    with browser_tab(1000, 1100) as tab:
        tab.goto(out.as_uri())
        tab.screenshot(path=work / 'report.png')
    keep(work / 'report.png', 'report.jpg', 1000)


def faces(radiograph: Path, work: Path) -> None:
    """The first screen of the report of a face."""
    out = work / 'face.html'
    mmlandmark('report', '--img', FACE, '--model', 'face68', '--out', out)
    with browser_tab(1000, 1180) as tab:
        tab.goto(out.as_uri())
        tab.screenshot(path=work / 'face_report.png')
    keep(work / 'face_report.png', 'face-report.jpg', 1000)


def page(radiograph: Path, work: Path) -> None:
    """The page after an image was dropped on it."""
    server = subprocess.Popen(
        [sys.executable, '-m', 'mmlandmark.cli', 'web', '--port', '0'],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        address = next(
            found[0]
            for line in server.stdout
            if (found := re.search(r'http:\S+', line))
        )
        with browser_tab(1280, 900) as tab:
            tab.goto(address)
            tab.wait_for_selector('#model option', state='attached')
            tab.set_input_files('#file', radiograph)
            tab.fill('#mm-per-px', str(SPACING))
            tab.wait_for_selector('#results tr')
            tab.screenshot(path=work / 'page.png')
        keep(work / 'page.png', 'page.jpg', 1000)
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def browser_tab(width: int, height: int):
    """A tab of headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which('chromium'), args=['--no-sandbox']
        )
        page = browser.new_page(viewport=dict(width=width, height=height))
        page.set_default_timeout(120_000)
        yield page
        browser.close()


def mmlandmark(*arguments) -> None:
    """Run one command as a user does."""
    command = [sys.executable, '-m', 'mmlandmark.cli', *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def keep(source: Path, name: str, side: int | None = None) -> None:
    """Copy a picture to the documentation, at most ``side`` pixels large."""
    image = Image.open(source).convert('RGB')
    if side:
        image.thumbnail((side, side))
    image.save(PICTURES / name, quality=75, optimize=True)
    print(PICTURES / name, image.size, (PICTURES / name).stat().st_size // 1000, 'kB')


if __name__ == '__main__':
    main()
