"""``mmlandmark curves``: draw the loss and metric curves of a training."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('curves')
