"""``mmlandmark mean-face``: make the mean face by which head pose is found."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('mean-face')
