# EfficientNet-Lite0 with transfer learning from ImageNet, without a network connection.
#   mmlandmark compare configs/csv_cnn2.py configs/csv_cnn4.py configs/csv_lite0.py \
#       --data points.csv
_base_ = ['_base_/csv.py', '_base_/models/lite0.py']

load_from = _base_.pretrained  # its first convolution is summed over the colours
model = dict(
    backbone=dict(
        type='EfficientNetLite',
        out_indices=(6,),
        in_channels=1,
    ),
    # 96x96 at stride 32; global average pooling would lose the position
    head=dict(in_channels=320 * 3 * 3, hidden=(100,)),
)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))
