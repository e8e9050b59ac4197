# 300-W, 68 points: EfficientNet-B0 (Tan and Le, ICML 2019) of MMDetection regresses 136
# coordinates from colour crops.
#   python tools/train.py configs/face_300w_efficientnet.py --bf16
_base_ = 'face_300w_resnet18_wing.py'

model = dict(
    data_preprocessor=dict(
        _delete_=True,
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(
        _delete_=True, type='mmdet.EfficientNet', arch='b0', out_indices=(6,)
    ),
    head=dict(in_channels=1280 * 4 * 4),  # output stride 32
)
# in colour: without the conversion to gray
train_pipeline = [step for step in _base_.train_pipeline if step != _base_.to_gray]
test_pipeline = [step for step in _base_.test_pipeline if step != _base_.to_gray]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
