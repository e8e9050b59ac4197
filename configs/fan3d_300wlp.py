# 3D-FAN as published: the projected 3D points of the whole face, including occluded ones.
#   python tools/train.py configs/fan3d_300wlp.py --data data/300W_LP
_base_ = 'fan2d_300wlp.py'

train_dataloader = dict(dataset=dict(layout='300wlp-3d'))
val_dataloader = dict(dataset=dict(layout='300wlp-3d'))
test_dataloader = dict(dataset=dict(layout='300wlp-3d'))
