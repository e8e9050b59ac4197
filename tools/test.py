"""``mmlandmark test``: measure a checkpoint: MRE and SDR, or NME, FR and AUC."""

from mmlandmark.cli import main

if __name__ == '__main__':
    main('test')
