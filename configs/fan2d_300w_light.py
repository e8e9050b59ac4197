# 2D-FAN on 300-W for a CPU: one hourglass of 128 channels, 1.7 million weights, on 128x128
# crops a quarter larger than the face; the crop of FAN at 256x256 is only slightly larger.
#   python tools/train.py configs/fan2d_300w_light.py --bf16
_base_ = '_base_/face.py'

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor', mean=[0.0], std=[255.0], bgr_to_rgb=True
    ),
    backbone=dict(type='FAN', scheme=_base_.scheme, num_stacks=1, width=128),
    # heatmaps as probabilities train several times faster than with the squared error
    head=dict(
        type='StackedPointHead',
        scheme=_base_.scheme,
        decoder=dict(
            type='MSRAHeatmap',
            input_size=_base_.input_size,
            heatmap_size=(32, 32),
            sigma=1,  # heatmap pixels of 4 crop pixels
            unbiased=True,
        ),
    ),
)

max_epochs = 16  # epochs of 57 steps
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
