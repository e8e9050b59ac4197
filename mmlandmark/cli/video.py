"""Find points in a video, track the faces from frame to frame and smooth the points.

mmlandmark video in.mp4 --model face68 --out out.mp4
mmlandmark video in.mp4 --model face68 --results points.jsonl
mmlandmark video 0 --model face68 --show       # a webcam by its number
"""

from pathlib import Path

from ..errors import InputError
from . import common
from .predict import finds_parts, predict_options


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument('video', help='a video file, or the number of a webcam')
    common.add_models(parser)
    parser.add_argument(
        '--out', type=Path, help='write the video with its points to this file'
    )
    parser.add_argument(
        '--results',
        type=Path,
        help='write the points to this .jsonl file, one line per frame',
    )
    parser.add_argument(
        '--show', action='store_true', help='show the video in a window; q stops'
    )
    add_tracking(parser)
    parser.add_argument(
        '--no-filter', action='store_true', help='do not smooth the points'
    )
    parser.add_argument(
        '--frames', type=common.positive(int), help='stop after this many frames'
    )
    common.add_backend(parser)
    common.add_face_detector(parser)
    return parser


def add_tracking(parser):
    """Options of face detection and of the One-Euro filter, which lag has, too."""
    parser.add_argument(
        '--every',
        type=common.positive(int),
        default=10,
        help='detect faces in every nth frame; default: 10',
    )
    parser.add_argument(
        '--min-cutoff',
        type=common.positive(float),
        default=1.0,
        help='cutoff frequency of the One-Euro filter at rest, in Hz; a smaller value '
        'smooths more; default: 1',
    )
    parser.add_argument(
        '--beta',
        type=float,
        default=20.0,
        help='increase of the cutoff frequency with the speed; a larger value reduces the '
        'lag in motion; default: 20',
    )


def main(args):
    from ..inference.batch.predictor import BatchPredictor
    from ..inference.video.files import VideoReader, require_video_path
    from ..inference.video.one_euro import OneEuro
    from ..inference.video.predict import predict_video, summary_lines
    from ..inference.video.tracking import Tracker

    if args.results and args.results.suffix.lower() != '.jsonl':
        raise InputError(f'{args.results.name}: the points of a video are .jsonl')
    if args.out:
        require_video_path(args.out)
    if not (args.out or args.results or args.show):
        raise InputError('give --out out.mp4, --results points.jsonl or --show')
    args.model = common.models_of(args)
    if finds_parts(args.model):
        raise InputError('face parts are found in images: mmlandmark predict')
    source = VideoReader(args.video)

    def smooth(size):
        return OneEuro(args.min_cutoff, args.beta, size=size)

    detector = BatchPredictor(predict_options(args)).detector
    tracker = Tracker(detector, args.every, None if args.no_filter else smooth)
    watched = predict_video(
        source,
        tracker,
        args.out,
        args.results,
        args.show,
        args.frames,
    )
    print('\n'.join(summary_lines(watched, args.out, args.results)))
    return common.SKIPPED if watched.truncation else 0
