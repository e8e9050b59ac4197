"""Find points, or face parts, in images.

mmlandmark predict --img xray.jpg
mmlandmark predict --img photographs --model face68
mmlandmark predict --img radiographs --results points.csv --workers 2
mmlandmark predict --img xray.jpg --model ceph19 --model my.onnx
mmlandmark predict --img photographs --model parts --landmarks face68

mmlandmark video does the same in a video.
"""

import os
from collections import Counter
from pathlib import Path

from ..compat.stack import require_stack
from ..errors import InputError
from . import common

OUT = Path('work_dirs/inference')


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument(
        '--img',
        type=Path,
        required=True,
        help='an image, a folder, or a COCO .json file of prepared data',
    )
    common.add_models(parser)
    parser.add_argument(
        '--landmarks',
        metavar='DETECTOR',
        help='face parts: crop each head by the points of this detector, and compare the '
        'points with the parts',
    )
    parser.add_argument(
        '--out',
        type=Path,
        help='a folder for a JSON file, a CSV file and an overlay of each image; default, '
        f'without --results: {OUT}',
    )
    parser.add_argument(
        '--results',
        type=Path,
        help='write all points to one .jsonl, .csv or .json (COCO) file; the same '
        'command continues an interrupted run',
    )
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='delete existing --results and start again',
    )
    parser.add_argument(
        '--workers',
        type=common.positive(int),
        default=1,
        help='number of processes; default: 1',
    )
    parser.add_argument('--ray', action='store_true', help='the workers are Ray actors')
    common.add_backend(parser)
    common.add_face_detector(parser)
    common.add_spacing(parser)
    common.add_low_confidence(
        parser, '2; without a pixel spacing, twice the median expected error'
    )
    return parser


def main(args):
    if args.out and args.out.is_file():
        raise InputError(f'{args.out} is a file: --out names a folder')
    args.model = common.models_of(args)
    if finds_parts(args.model):
        skipped = find_parts(args)
    elif args.landmarks:
        raise InputError('--landmarks is for face parts: leave it out')
    else:
        skipped = find_points(args)
    # torchrun would take a status for a crash
    in_torchrun = 'TORCHELASTIC_RUN_ID' in os.environ
    return common.SKIPPED if skipped and not in_torchrun else 0


def finds_parts(model):
    """Whether a model finds face parts; torch is needed only if it is a config.

    Raises:
        InputError: One of several models does.
    """
    if isinstance(model, tuple):
        if parts := [name for name in model if finds_parts(name)]:
            raise InputError(f'{parts[0]} finds face parts: give it alone')
        return False
    from ..engine.model_zoo import is_released_parser, list_models
    from ..inference.backends.runtimes import is_exported

    if is_released_parser(model):
        return True
    if is_exported(model) or model in list_models():
        return False
    require_stack(f'the config {model}')
    from ..engine.config import load_config  # the models above run without torch

    return 'parts' in load_config(model)


def predict_options(args, **more):
    """The options of a prediction that predict and video have in common."""
    from ..inference.batch.predictor import PredictOptions

    faces = tuple(args.face_detector) if args.face_detector else None
    if faces and len(faces) > 2:
        raise InputError('--face-detector takes one file, haar, or CONFIG CHECKPOINT')
    return PredictOptions(
        args.model, args.checkpoint, args.device, args.backend, faces, **more
    )


def find_points(args):
    """Find points in all images; return one line per skipped image."""
    from ..inference.batch.predictor import image_tasks
    from ..inference.batch.ray_data import in_ray
    from ..inference.batch.results import checked_results
    from ..inference.batch.run import predict_batch, summary_lines
    from ..inference.batch.workers import in_workers
    from ..io.load import left_out_lines
    from ..structures.pixel_spacing import PixelSpacing

    if args.results:
        checked_results(args.results)
    spacing = PixelSpacing.of(args.mm_per_px)
    left_out: Counter[str] = Counter()
    tasks = image_tasks(args.img, spacing, left_out)
    out = args.out or (None if args.results else OUT)
    predict_in = in_ray if args.ray else in_workers
    workers = max(2, args.workers) if args.ray else args.workers
    limit = args.low_confidence_mm
    more = dict(low_confidence_mm=limit) if limit else {}
    options = predict_options(args, out=out, **more)
    summary = predict_batch(
        options, tasks, args.results, workers, args.overwrite, predict_in
    )
    if summary is None:
        return []
    lines = summary_lines(summary, out, args.results) + left_out_lines(left_out)
    if summary.finished:
        lines.append('  --overwrite starts from the beginning')
    print('\n'.join(lines))
    return summary.skipped


def find_parts(args):
    """Find face parts in all images; return one line per skipped image."""
    from ..inference import FaceParser, LandmarkDetector
    from ..inference.batch.part_files import parse_images
    from ..inference.batch.predictor import image_tasks
    from ..io.load import left_out_lines

    one_process = args.workers == 1 and not args.ray
    unfit = (args.results, args.mm_per_px, args.face_detector)
    if any(unfit) or not one_process:
        raise InputError(
            'face parts are found with --img, --landmarks, --out, --device and --backend '
            'only'
        )
    left_out: Counter[str] = Counter()
    tasks = image_tasks(args.img, left_out=left_out)
    parser = FaceParser(args.model, args.checkpoint, args.device, args.backend)
    detector = (
        LandmarkDetector(args.landmarks, device=args.device) if args.landmarks else None
    )
    lines, skipped = parse_images(parser, detector, tasks, args.out or OUT)
    print('\n'.join(lines + skipped + left_out_lines(left_out)))
    return skipped
