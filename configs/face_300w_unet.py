# 300-W, 68 points: a light U-Net of 1.2 M weights on 128x128 crops.
#   python tools/train.py configs/face_300w_unet.py --bf16
_base_ = ['_base_/face.py', '_base_/models/light_unet.py']

light = _base_.light
light.head = dict(
    type='PointHeatmapHead',
    in_channels=16,
    scheme=_base_.scheme,
    deconv_out_channels=None,
    decoder=dict(
        type='MSRAHeatmap',
        input_size=_base_.input_size,
        heatmap_size=(64, 64),
        sigma=1.5,  # pixels of 3 crop pixels: 1/15 of the distance between the eyes
        unbiased=True,
    ),
)
# flip test-time augmentation, chosen on val: 4.31 becomes 4.06 %
light.test_cfg = dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True)
model = light

max_epochs = 60  # epochs of 57 steps
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
