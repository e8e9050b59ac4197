"""``mmlandmark calibrate``: fit a model's expected errors on held-out images."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('calibrate')
