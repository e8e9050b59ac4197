"""``mmlandmark browse``: draw a contact sheet of a data set."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('browse')
