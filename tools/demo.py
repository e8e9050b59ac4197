"""``mmlandmark demo``: run all steps on drawn heads, to check the installation."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('demo')
