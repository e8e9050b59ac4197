"""``mmlandmark label``: write predictions as pre-annotations for CVAT or Label Studio."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('label')
