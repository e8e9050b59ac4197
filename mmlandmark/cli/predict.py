"""Find the points, or the parts of faces, in images or a video and draw them.

mmlandmark predict --img xray.jpg
mmlandmark predict --img photographs --model face68
mmlandmark predict --img films --results points.csv --workers 2
mmlandmark predict --video in.mp4 --model face68 --out out.mp4
mmlandmark predict --img photographs --model parts [--landmarks face68]
"""

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

from ..engine.model_zoo import is_released_parser, list_models
from ..errors import InputError
from ..inference import LandmarkDetector
from ..inference.backends.runtimes import is_exported
from ..inference.batch import run as runs
from ..inference.batch.predictor import BatchPredictor, PredictOptions, image_tasks
from ..inference.batch.ray_data import in_ray
from ..inference.batch.results import checked_results
from ..inference.batch.workers import in_workers
from ..inference.video.files import VideoReader, require_video_path
from ..inference.video.one_euro import OneEuro
from ..inference.video.predict import predict_video, summary_lines
from ..inference.video.tracking import Tracker
from ..io.load import left_out_lines
from . import common

OUT = Path('work_dirs/inference')


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        '--img', type=Path, help='an image, a folder, or a COCO .json of prepared data'
    )
    source.add_argument('--video', help='a video file, or the number of a webcam')
    parser.add_argument(
        '--model',
        '--config',
        dest='config',
        default='ceph19',
        help='a released detector (ceph19, ceph19-light, face68), the released parser of '
        'faces (parts), an exported .onnx or .xml, a config, or the work folder of a '
        'training run; default: ceph19, for lateral radiographs',
    )
    parser.add_argument(
        '--landmarks',
        metavar='DETECTOR',
        help='of parts: crop each head by the points this detector finds, and check the '
        'points by the parts',
    )
    parser.add_argument('--checkpoint', help='default: the best of the training run')
    parser.add_argument(
        '--out',
        type=Path,
        help='a folder for JSON, CSV and an overlay of each image, default without '
        f'--results: {OUT}; or the video to write',
    )
    parser.add_argument(
        '--results',
        type=Path,
        help='all points in one file: .jsonl, .csv or .json (COCO); a run that was killed '
        'goes on from it. Of a video: .jsonl, a line a frame',
    )
    parser.add_argument('--overwrite', action='store_true', help='begin --results anew')
    whole = common.positive(int)
    parser.add_argument('--workers', type=whole, default=1, help='processes')
    parser.add_argument('--ray', action='store_true', help='workers are Ray actors')
    common.add_where(parser)
    parser.add_argument(
        '--face-detector',
        nargs=2,
        metavar=('CONFIG', 'CHECKPOINT'),
        help="of MMDetection, to find faces; default: OpenCV's",
    )
    parser.add_argument(
        '--mm-per-px',
        type=common.positive(float),
        help='spacing, where the file does not say or is wrong: written to the JSON',
    )
    parser.add_argument(
        '--doubtful-mm',
        type=common.positive(float),
        default=2.0,
        help='a point of a calibrated model is doubtful where more is expected, default: '
        '2; without --mm-per-px, where twice the usual is',
    )
    watching = parser.add_argument_group('of a video')
    watching.add_argument(
        '--every', type=whole, default=10, help='frames between two looks for faces'
    )
    watching.add_argument('--no-filter', action='store_true', help='points as found')
    watching.add_argument('--min-cutoff', type=common.positive(float), default=1.0)
    watching.add_argument('--beta', type=float, default=20.0, help='see the docs')
    watching.add_argument('--frames', type=whole, help='at most')
    watching.add_argument('--show', action='store_true', help='in a window; q ends it')
    return parser.parse_args()


def settings_of(args, out=None):
    faces = tuple(args.face_detector) if args.face_detector else None
    values = (args.config, args.checkpoint, args.device, args.backend)
    return PredictOptions(*values, faces, args.low_confidence_mm, out)


def find_in_images(args):
    if args.results:
        checked_results(args.results)
    spacing = (args.mm_per_px, args.mm_per_px) if args.mm_per_px else None
    left_out = Counter()
    items = image_tasks(args.img, spacing, left_out)
    out = args.out or (None if args.results else OUT)
    find = in_ray if args.ray else in_workers
    workers = max(2, args.workers) if args.ray else args.workers
    summary = runs.run(
        settings_of(args, out), items, args.results, workers, args.overwrite, find
    )
    if summary is None:
        return []
    print('\n'.join(runs.lines(summary, out, args.results) + left_out_lines(left_out)))
    return summary.skipped


def find_in_video(args):
    if args.mm_per_px or args.workers > 1 or args.ray or args.overwrite:
        raise InputError(
            '--video goes without --mm-per-px, --workers, --ray and --overwrite'
        )
    if args.results and args.results.suffix.lower() != '.jsonl':
        raise InputError(f'{args.results.name}: the results of a video are .jsonl')
    if args.out:
        require_video_path(args.out)
    if not (args.out or args.results or args.show):
        raise InputError(
            '--video needs --out out.mp4, --results points.jsonl or --show'
        )
    reader = VideoReader(args.video)

    def smooth(size):
        return OneEuro(args.min_cutoff, args.beta, size=size)

    detector = BatchPredictor(settings_of(args)).detector
    tracker = Tracker(detector, args.every, None if args.no_filter else smooth)
    summary = predict_video(
        reader,
        tracker,
        args.out,
        args.results,
        args.show,
        args.frames,
        args.low_confidence_mm,
    )
    print('\n'.join(summary_lines(summary, args.out, args.results)))
    return [summary.truncation] if summary.truncation else []


def find_parts(args):
    from mmlandmark import FaceParser  # here: it imports MMPose

    from ..inference.batch.part_files import parse_images

    others = (
        args.results,
        args.workers > 1,
        args.ray,
        args.mm_per_px,
        args.face_detector,
    )
    if args.img is None or any(others):
        raise InputError(
            'face parts go with --img, --landmarks, --out and --device alone'
        )
    if args.backend not in ('auto', 'torch'):
        raise InputError(f'face parts run by torch alone, not by {args.backend}')
    left_out = Counter()
    items = image_tasks(args.img, left_out=left_out)
    parser = FaceParser(args.config, args.checkpoint, args.device)
    detector = (
        LandmarkDetector(args.landmarks, device=args.device) if args.landmarks else None
    )
    said, skipped = parse_images(parser, detector, items, args.out or OUT)
    print('\n'.join(said + skipped + left_out_lines(left_out)))
    return skipped


def finds_parts(model):
    if is_exported(model) or model in list_models():
        return is_released_parser(model)
    common.require_stack()
    from ..engine.config import (
        load_config,  # here: the others may run without torch
    )

    return 'parts' in load_config(model)


def main():
    args = parse_args()
    if args.img and args.out and args.out.is_file():
        raise InputError(f'{args.out} is a file: --out names a folder')
    if finds_parts(args.config):
        skipped = find_parts(args)
    elif args.landmarks:
        raise InputError('--landmarks goes with face parts: leave it out')
    else:
        skipped = (find_in_images if args.video is None else find_in_video)(args)
    # torchrun takes a status for a crash
    sys.exit(1 if skipped and 'TORCHELASTIC_RUN_ID' not in os.environ else 0)
