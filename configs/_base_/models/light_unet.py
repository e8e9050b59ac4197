# A tenth of the computation of HRNetV2-W18: approximate points for a second stage. A config
# that uses it sets its model, or the detector of its model, to `light`.
light = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(type='ResidualUNet', channels=(16, 32, 48, 64, 96, 128)),
    head=dict(
        type='SoftmaxHeatmapHead',
        in_channels=16,
        deconv_out_channels=None,
        scheme='isbi19',
        decoder=dict(
            type='MSRAHeatmap',
            input_size=(256, 320),
            heatmap_size=(128, 160),
            sigma=2,  # 3 mm, as wide as the targets of the larger network
            unbiased=True,
        ),
        loss=dict(type='HeatmapCrossEntropyLoss', use_target_weight=True),
    ),
    test_cfg=dict(flip_test=False),
)
