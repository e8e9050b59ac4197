"""Measure the errors of landmarks in changed images.

mmlandmark robustness ceph19 --data data/isbi2015 --split test1
mmlandmark robustness face68 --data data/300w
mmlandmark robustness face68 --photographs 300w/lfpw/testset --count 55

For lateral heads the images are mirrored, rotated, negative, bordered, cropped, or of lower
quality; errors are in mm, or in percent of the longer side of images without a pixel
spacing, and points outside of the changed image are not counted. For
faces the errors are measured by pose, resolution, jitter of the box and occlusion.
--photographs changes whole photographs (rotated, in a large image, noisy, covered, small,
dark), detects the face in each, predicts its points, and counts the faces with usable
points.
"""

import csv
from pathlib import Path

from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument(
        'models',
        nargs='+',
        metavar='CONFIG[=CHECKPOINT]',
        help="a config; default checkpoint: the best one of the config's own training",
    )
    common.add_data(parser)
    common.add_split(parser)
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('work_dirs/robustness'),
        help='the folder to write; default: work_dirs/robustness',
    )
    common.add_cfg_options(parser)
    parser.add_argument(
        '--photographs',
        type=Path,
        metavar='FOLDER',
        help='include face detection: change the photographs of this folder of 300-W, '
        'which have .pts files',
    )
    parser.add_argument(
        '--count',
        type=common.positive(int),
        help='number of photographs, evenly spaced; default: all',
    )
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='seed of the random changes of photographs; default: 0',
    )
    common.add_backend(parser)
    common.add_face_detector(parser)
    return parser


def main(args):
    if args.photographs:
        return in_photographs(args)
    from ..evaluation.robustness import robustness
    from ..evaluation.tables import print_rows
    from ..visualization.robustness import plot_robustness

    models = [load(args, model) for model in args.models]  # before a long measurement
    args.out.mkdir(parents=True, exist_ok=True)
    heads = [measures_heads(config) for _, config, _ in models]
    if any(heads):
        if not all(heads):
            raise InputError(
                'heads and faces are measured separately: give models of one kind'
            )
        rows = written(head_rows(args, models), args.out / 'robustness.csv')
        print_rows(f'Robustness: {args.out}/robustness.csv', rows)
        return
    found = (row for model in models for row in robustness(*model))
    rows = written(found, args.out / 'robustness.csv')
    plot_robustness(rows, args.out / 'robustness.png')
    print_rows(f'Robustness: {args.out}/robustness.csv, robustness.png', rows)


def measures_heads(config):
    """Whether a config measures radial errors, of one head per image."""
    evaluator = config.test_evaluator
    kind = evaluator[0] if isinstance(evaluator, list) else evaluator
    return kind['type'] == 'RadialError'


def head_rows(args, models):
    """Rows of each model on changed images of heads."""
    from ..benchmark.view_robustness import annotated_images, measure_changes
    from ..engine.model_zoo import list_models
    from ..inference import LandmarkDetector

    data = [annotated_images(config) for _, config, _ in models]
    if len({unit for _, unit in data}) > 1:
        raise InputError(
            'some models have images with a pixel spacing (errors in mm), others without '
            '(errors in percent): measure them separately'
        )
    for (name, config, checkpoint), (images, unit) in zip(models, data, strict=True):
        backend = dict(device=args.device, backend=args.backend)
        released = name in args.models and name in list_models()
        if released and not args.cfg_options:
            # as the exported file that a released model is, which has no options
            detector = LandmarkDetector(name, **backend)
        else:
            detector = LandmarkDetector(config, checkpoint, **backend)
        for row in measure_changes(detector, images, unit):
            yield dict(model=name, **row)


def written(found, path):
    """Print the rows as they come, and write them to a table."""
    rows = []
    for row in found:
        rows.append(row)
        print(*(f'{key} {value}' for key, value in row.items()), sep=', ', flush=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return rows


def in_photographs(args):
    """Measure with face detection: one table per model, and ``photographs.csv``."""
    from ..evaluation.tables import print_rows
    from ..formats import read_300w
    from ..io.load import load_image

    samples = read_300w(args.photographs)
    count = min(args.count or len(samples), len(samples))
    samples = [samples[i * len(samples) // count] for i in range(count)]
    photographs = [(load_image(s.image).pixels, s.points) for s in samples]
    path = args.out / 'photographs.csv'
    rows = written(photograph_model_rows(args, photographs), path)
    print_rows(f'Robustness: {path}', rows)
    return 0


def photograph_model_rows(args, photographs):
    """Rows of each model in changed photographs."""
    from ..evaluation.faces.photographs import photograph_rows
    from ..inference.batch.predictor import BatchPredictor, PredictOptions

    faces = tuple(args.face_detector) if args.face_detector else None
    for name in args.models:
        model, _, checkpoint = name.partition('=')
        options = PredictOptions(
            model, checkpoint or None, args.device, args.backend, faces
        )
        detector = BatchPredictor(options).detector
        if len(detector.scheme) != 68 or detector.find_boxes is None:
            raise InputError(f'{name} is not a model of faces with 68 points')

        def find(image, detector=detector):
            return [prediction.points for prediction in detector(image)]

        for row in photograph_rows(find, photographs, args.seed):
            yield dict(model=name, **row)


def load(args, model):
    """A model's name, config and checkpoint."""
    from ..engine.config import find_checkpoint
    from ..evaluation.testing import require_faces

    path, _, checkpoint = model.partition('=')
    config = common.config_of(args, path)
    if not measures_heads(config):
        require_faces(config)
    checkpoint = checkpoint or find_checkpoint(config)
    if not Path(checkpoint).is_file():
        raise InputError(f'no checkpoint at {checkpoint}')
    common.quiet(config, 'test')
    config.work_dir = str(args.out / 'runs')
    return Path(path).stem, config, checkpoint
