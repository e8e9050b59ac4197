"""``mmlandmark robustness``: measure errors under pose, resolution, noise and occlusion."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('robustness')
