"""``mmlandmark report``: measure lateral radiographs and write a report."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('report')
