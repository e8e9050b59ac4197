# Four convolutions with batch norm, two fully connected layers with dropout.
#   python tools/compare.py configs/csv_cnn2.py configs/csv_cnn4.py configs/csv_resnet18.py
_base_ = '_base_/csv.py'

model = dict(
    backbone=dict(type='PlainCNN', channels=(64, 128, 256, 512), batch_norm=True),
    head=dict(
        in_channels=512 * 6 * 6, hidden=(1000,), dropout=0.5
    ),  # 96 halved 4 times
)
# with 1e-4 all hidden units die in the first epochs; with 1e-5 the validation error falls
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='SGD', lr=1e-5, momentum=0.9)
)
