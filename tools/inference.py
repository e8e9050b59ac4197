"""``mmlandmark predict``: find points, or face parts, in images; ``--video`` in a video."""

import sys

from mmlandmark.cli import main

if __name__ == '__main__':
    words = [word.removeprefix('--video=') for word in sys.argv if word != '--video']
    is_video, sys.argv = words != sys.argv, words
    main('video' if is_video else 'predict')
