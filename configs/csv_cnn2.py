# Two convolutions and two fully connected layers.
#   mmlandmark compare configs/csv_cnn2.py configs/csv_cnn4.py configs/csv_resnet18.py
_base_ = '_base_/csv.py'

model = dict(
    backbone=dict(type='PlainCNN', channels=(32, 64)),
    head=dict(in_channels=64 * 24 * 24, hidden=(100,)),  # 96 halved twice
)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))
