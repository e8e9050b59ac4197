"""``mmlandmark predict``: find the points, or the face parts, in images."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('predict')
