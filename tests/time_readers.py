"""Time the readers on many annotations: seconds, and the peak memory of the process.

python tests/time_readers.py --count 100000

Each format is read in a process of its own; the images are one pixel wide.
"""

import argparse
import csv
import json
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

POINTS = [f'p{i}' for i in range(19)]
SIZE = 100


def write_images(folder, count):
    """Small images, all equal; the names are counted from 0."""
    first = folder / '0.png'
    Image.new('L', (SIZE, SIZE)).save(first)
    for i in range(1, count):
        path = folder / f'{i}.png'
        try:
            os.link(first, path)
        except OSError:  # no links, or no more of this file
            path.write_bytes(first.read_bytes())
            first = path


def coordinates(i):
    """The points of an annotation."""
    return [((i + 3 * k) % SIZE, (7 * i + k) % SIZE) for k in range(len(POINTS))]


def write_coco(folder, count):
    images = [
        dict(id=i, file_name=f'{i}.png', width=SIZE, height=SIZE) for i in range(count)
    ]
    annotations = [
        dict(
            id=i,
            image_id=i,
            category_id=1,
            keypoints=[v for x, y in coordinates(i) for v in (x, y, 2)],
            bbox=[0, 0, SIZE, SIZE],
        )
        for i in range(count)
    ]
    category = dict(id=1, name='head', keypoints=POINTS)
    tables = dict(images=images, annotations=annotations, categories=[category])
    (folder / 'labels.json').write_text(json.dumps(tables))
    write_images(folder, count)
    return folder / 'labels.json'


def write_yolo(folder, count):
    for name in ('images/train', 'labels/train'):
        (folder / name).mkdir(parents=True)
    lines = [
        f'kpt_shape: [{len(POINTS)}, 3]',
        'train: images/train',
        'names: {0: head}',
    ]
    lines.append(f'kpt_names: {{0: {json.dumps(POINTS)}}}')
    (folder / 'data.yaml').write_text('\n'.join(lines))
    for i in range(count):
        words = [f'{x / SIZE} {y / SIZE} 2' for x, y in coordinates(i)]
        text = f'0 0.5 0.5 1 1 {" ".join(words)}\n'
        (folder / 'labels' / 'train' / f'{i}.txt').write_text(text)
    write_images(folder / 'images' / 'train', count)
    return folder


def write_deeplabcut(folder, count):
    with (folder / 'CollectedData_A.csv').open('w', newline='') as file:
        table = csv.writer(file)
        table.writerow(['scorer', '', '', *['A'] * 2 * len(POINTS)])
        table.writerow(['bodyparts', '', '', *(p for p in POINTS for _ in 'xy')])
        table.writerow(['coords', '', '', *'xy' * len(POINTS)])
        for i in range(count):
            place = [v for point in coordinates(i) for v in point]
            table.writerow(['labeled-data', 'v', f'{i}.png', *place])
    write_images(folder, count)
    return folder / 'CollectedData_A.csv'


def read(name, path, queue):
    """Read a format and put the number of samples, times and MiB into a queue."""
    from mmlandmark.formats.registry import get_format
    from mmlandmark.structures.sample import ReadReport

    fmt = get_format(name)
    start, cpu = time.perf_counter(), time.process_time()
    report = ReadReport()
    samples = fmt.read(path, fmt.scheme_of(path), report)
    seconds = time.perf_counter() - start, time.process_time() - cpu
    queue.put((len(samples), len(report.skipped), *seconds, peak_mib()))


def peak_mib():
    """The peak memory of this process; NaN on systems that do not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return float('nan')
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == 'darwin' else 1 << 10)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--count', type=int, default=100_000)
    writers = dict(coco=write_coco, yolo=write_yolo, deeplabcut=write_deeplabcut)
    parser.add_argument('--formats', nargs='+', choices=writers, default=list(writers))
    args = parser.parse_args()
    context = multiprocessing.get_context('spawn')
    for name in args.formats:
        with tempfile.TemporaryDirectory() as folder:
            path = writers[name](Path(folder), args.count)
            queue = context.Queue()
            process = context.Process(target=read, args=(name, path, queue))
            process.start()
            found, skipped, seconds, cpu, peak = queue.get()
            process.join()
        print(
            f'{name}: {found} annotations, {skipped} skipped, {seconds:.1f} s '
            f'({cpu:.1f} s of CPU), peak {peak:.0f} MiB',
            flush=True,
        )


if __name__ == '__main__':
    main()
