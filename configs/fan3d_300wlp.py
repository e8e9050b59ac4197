# 3D-FAN as published: projections of all points of the face, also of the hidden cheek.
#   python tools/train.py configs/fan3d_300wlp.py --data data/300W_LP
_base_ = 'fan2d_300wlp.py'

train_dataloader = dict(dataset=dict(layout='300wlp-3d'))
val_dataloader = dict(dataset=dict(layout='300wlp-3d'))
test_dataloader = dict(dataset=dict(layout='300wlp-3d'))
