# Training on a CSV of points: stops when the validation error no longer falls, and keeps
# the epoch with the lowest error.
_base_ = ['default_runtime.py', 'datasets/csv.py']

max_epochs = 30
train_cfg = dict(max_epochs=max_epochs, val_interval=1)
default_hooks = dict(checkpoint=dict(save_best='face/MSE_px2', rule='less'))
custom_hooks = _base_.custom_hooks + [
    dict(type='InitMeanShapeHook'),
    dict(
        type='ResumableEarlyStoppingHook',
        monitor='face/MSE_px2',
        rule='less',
        patience=10,
        min_delta=0.01,
    ),
]
# the learning rate is divided by ten for the last fifth of the epochs
param_scheduler = [
    dict(type='MultiStepLR', milestones=[max_epochs * 4 // 5], gamma=0.1, by_epoch=True)
]

# gray images, normalised by the mean and standard deviation of photographs; the squared
# error is in pixels, because as a share of the input its gradient is too small
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(type='PoseDataPreprocessor', mean=[116.0], std=[57.0]),
    head=dict(
        type='SchemeRegressionHead',
        scheme=_base_.scheme,
        loss=dict(
            type='MSELoss',
            use_target_weight=True,
            loss_weight=_base_.input_size[0] ** 2,
        ),
        decoder=dict(type='RegressionLabel', input_size=_base_.input_size),
    ),
)
