# ResNet-18 with transfer learning; its first convolution sums the colours for gray images.
# Offline: --load-from FILE, such as a checkpoint of face_300w_resnet18.py.
#   python tools/compare.py configs/csv_cnn2.py configs/csv_cnn4.py configs/csv_resnet18.py
_base_ = '_base_/csv.py'

load_from = 'torchvision://resnet18'  # ImageNet
model = dict(
    backbone=dict(type='ResNet', depth=18, in_channels=1),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(in_channels=512, hidden=(100,)),
)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))
