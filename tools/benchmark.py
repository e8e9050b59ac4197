"""``mmlandmark benchmark``: time training and prediction against stock MMPose."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('benchmark')
