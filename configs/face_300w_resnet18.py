# 300-W, 68 points: ResNet-18 regresses 136 values from gray crops with the squared error.
#   python tools/train.py configs/face_300w_resnet18.py --bf16
_base_ = '_base_/face.py'

model = dict(
    type='TopdownPoseEstimator',
    # mean and standard deviation of gray photographs
    data_preprocessor=dict(type='PoseDataPreprocessor', mean=[116.0], std=[57.0]),
    backbone=dict(type='ResNet', depth=18, in_channels=1),
    head=dict(
        type='SchemeRegressionHead',
        in_channels=512
        * 4
        * 4,  # stride 32; global average pooling would lose the position
        scheme=_base_.scheme,
        loss=dict(type='MSELoss', use_target_weight=True),
        decoder=dict(type='RegressionLabel', input_size=_base_.input_size),
    ),
)

to_gray = dict(type='RandomGrayscale', prob=1.0, channel_weights=(0.114, 0.587, 0.299))
train_pipeline = _base_.train_pipeline
train_pipeline.insert(-2, to_gray)
test_pipeline = _base_.test_pipeline
test_pipeline.insert(-1, to_gray)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

max_epochs = 40  # epochs of 57 steps
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs

# stops if the validation error has not fallen in 3 validations, one every 5 epochs
custom_hooks = _base_.custom_hooks + [
    dict(
        type='ResumableEarlyStoppingHook',
        monitor='face/NME_interocular',
        rule='less',
        patience=3,
        min_delta=0.01,
    ),
]
