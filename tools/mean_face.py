"""``mmlandmark mean-face``: compute the mean face that head pose is estimated with."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('mean-face')
