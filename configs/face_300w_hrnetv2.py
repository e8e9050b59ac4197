# 300-W, 68 points: HRNetV2-W18 on 128x128 crops, from random weights.
#   python tools/train.py configs/face_300w_hrnetv2.py --bf16
_base_ = ['_base_/face.py', '_base_/models/hrnetv2_w18.py']

model = dict(
    head=dict(
        type='PointHeatmapHead',
        scheme=_base_.scheme,
        decoder=dict(
            type='MSRAHeatmap',
            input_size=_base_.input_size,
            heatmap_size=(32, 32),
            sigma=1,  # pixels of 4 crop pixels
            unbiased=True,
        ),
    ),
    # flip test-time augmentation, chosen on val: 4.52 becomes 4.32 %
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
)

max_epochs = 16  # epochs of 57 steps
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
