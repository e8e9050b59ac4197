# A light detector of ISBI 2015 radiographs: a small U-Net instead of HRNetV2-W18. It finds
# about where the points are, for a second stage.
#   python tools/train.py configs/isbi2015_light.py --bf16
_base_ = ['isbi2015_hrnetv2.py']

codec = dict(
    type='MSRAHeatmap',
    input_size=_base_.input_size,
    heatmap_size=(128, 160),
    sigma=2,  # of 1.5 mm: as wide as the larger network's
    unbiased=True,
)
model = dict(
    _delete_=True,
    type='TopdownPoseEstimator',
    data_preprocessor=_base_.model.data_preprocessor,
    backbone=dict(type='ResidualUNet', channels=(16, 32, 48, 64, 96, 128)),
    head=dict(
        type='SoftmaxHeatmapHead',
        in_channels=16,
        scheme=_base_.scheme,
        deconv_out_channels=None,
        decoder=codec,
        loss=dict(type='HeatmapCrossEntropyLoss', use_target_weight=True),
    ),
    test_cfg=dict(flip_test=False),
)
