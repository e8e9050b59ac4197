"""Find the points, or the parts of faces, in images and draw them.

python tools/inference.py --img xray.jpg
python tools/inference.py --img photographs --model face68
python tools/inference.py --img folder --config configs/isbi2015_hrnetv2.py --out points
python tools/inference.py --img photographs --model parts [--landmarks face68]
"""

import argparse
import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
from rich.progress import track

from mmlandmark import FaceParser, InputError, LandmarkDetector, cli
from mmlandmark.config import load_config
from mmlandmark.inference.backends import BACKENDS
from mmlandmark.inference.part_files import write_parts, write_polygons
from mmlandmark.readers.image import IMAGE_SUFFIXES, read_bgr, write_image
from mmlandmark.visualization import draw_points


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--img', required=True, type=Path, help='an image or a folder')
    parser.add_argument(
        '--model',
        '--config',
        dest='config',
        default='ceph19',
        help='a released detector (ceph19, ceph19-light, face68), the released parser of '
        'faces (parts), a config, or the work folder of a training run; default: ceph19, '
        'for lateral radiographs',
    )
    parser.add_argument(
        '--landmarks',
        metavar='DETECTOR',
        help='of parts: crop each head by the points this detector finds, and check the '
        'points by the parts',
    )
    parser.add_argument('--checkpoint', help='default: the best of the training run')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/inference'))
    parser.add_argument('--device', help='such as cpu or cuda:0')
    parser.add_argument(
        '--backend', choices=BACKENDS, default='torch', help='faster ones on a CPU'
    )
    parser.add_argument(
        '--face-detector',
        nargs=2,
        metavar=('CONFIG', 'CHECKPOINT'),
        help="of MMDetection, to find faces; default: OpenCV's",
    )
    parser.add_argument(
        '--mm-per-px',
        type=cli.positive(float),
        help='spacing, when it is known: written to the JSON',
    )
    parser.add_argument(
        '--doubtful-mm',
        type=cli.positive(float),
        default=2.0,
        help='a point of a calibrated model is doubtful where more is expected, default: '
        '2; without --mm-per-px, where twice the usual is',
    )
    return parser.parse_args()


def images_at(path):
    """The image named, or every image in the folder named."""
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES)
    if not found:
        raise InputError(f'no image in {path} ({", ".join(IMAGE_SUFFIXES)})')
    return found


def rows_of(prediction, doubtful):
    """The prediction as plain values, doubtful points marked where that is known."""
    values = prediction.to_dict()
    if doubtful is not None:
        for point, flag in zip(values['points'], doubtful, strict=True):
            point['doubtful'] = bool(flag)
    return values


def write(out, path, name, image, predictions, doubts, scheme):
    """NAME.json, NAME.csv and NAME_overlay.png for one image."""
    found = [rows_of(p, d) for p, d in zip(predictions, doubts, strict=True)]
    text = json.dumps(dict(image=str(path), predictions=found), indent=1)
    (out / f'{name}.json').write_text(text + '\n', encoding='utf-8')
    with (out / f'{name}.csv').open('w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        many = len(found) > 1
        rows = [
            dict(face=number, **row) if many else row
            for number, values in enumerate(found, 1)
            for row in values['points']
        ]
        names = list(rows[0]) if rows else ['name', 'x', 'y', 'score']
        writer.writerow(['landmark' if name == 'name' else name for name in names])
        writer.writerows(row.values() for row in rows)
    for prediction, doubtful in zip(predictions, doubts, strict=True):
        rings = None
        if doubtful is not None:
            rings = np.where(doubtful, prediction.expected_errors, np.nan)
        image = draw_points(
            image, prediction.points, prediction.labels, scheme.skeleton, rings=rings
        )
    write_image(out / f'{name}_overlay.png', image)


def readable(paths, what):
    """Each image with its path and the name of its files; at the end what was skipped."""
    stems = Counter(path.stem for path in paths)
    skipped = []
    for path in track(paths, what, transient=True):
        try:
            image = read_bgr(path)
        except InputError as error:
            skipped.append(str(error))
            continue
        # a.jpg and a.png in one folder must not write over one another
        yield (
            path,
            (path.stem if stems[path.stem] == 1 else path.name.replace('.', '_')),
            image,
        )
    for line in skipped:
        print(f'  skipped: {line}')


def find_points(args, config, paths):
    """Points (.json, .csv) and overlays of every image."""
    detector = LandmarkDetector(config, args.checkpoint, args.device, args.backend)
    if args.face_detector:
        # here: it takes a second to import
        from mmlandmark.inference.mmdet_faces import MMDetFaces

        detector.find_boxes = MMDetFaces(*args.face_detector)
    spacing = (args.mm_per_px, args.mm_per_px) if args.mm_per_px else None
    args.out.mkdir(parents=True, exist_ok=True)
    done = 0
    for path, name, image in readable(paths, 'finding points'):
        predictions = detector(image[..., ::-1], spacing=spacing)
        doubts = [prediction.doubtful(args.doubtful_mm) for prediction in predictions]
        write(args.out, path, name, image, predictions, doubts, detector.scheme)
        done += 1
        if not predictions:
            print(f'  no face found in {path.name}: crop it closer, or turn it upright')
        elif doubts[0] is not None:
            print(f'  {path.name}: {sum(map(np.sum, doubts))} points doubtful')
    print(f'{done} images: points (.json, .csv) and overlays (.png) in {args.out}')
    if detector.calibration is None:
        print('  not calibrated (tools/calibrate.py): no point is called doubtful')


def find_parts(args, config, paths):
    """Labels and overlays of every image, and one file of polygons."""
    if args.backend != 'torch':
        raise InputError(f'face parts run by torch alone, not by {args.backend}')
    parser = FaceParser(config, args.checkpoint, args.device)
    detector = LandmarkDetector(args.landmarks) if args.landmarks else None
    args.out.mkdir(parents=True, exist_ok=True)
    masks = []
    for path, name, image in readable(paths, 'finding parts'):
        mask, lines = write_parts(args.out, name, image, parser, detector)
        masks.append((path.name, mask))
        for line in lines:
            print(f'  {path.name}: {line}')
    if masks:
        write_polygons(args.out / 'parts.json', masks)
    print(
        f'{len(masks)} images: labels (_parts.png), overlays (_overlay.png) and polygons '
        f'(parts.json) in {args.out}'
    )


def main():
    args = parse_args()
    paths = images_at(args.img)
    if not args.img.is_dir():
        read_bgr(args.img)  # a wrong --img is said before the model is loaded
    config = load_config(args.config)
    if 'parts' in config:
        find_parts(args, config, paths)
    elif args.landmarks:
        raise InputError('--landmarks goes with face parts: leave it out')
    else:
        find_points(args, config, paths)


if __name__ == '__main__':
    cli.run(main)
