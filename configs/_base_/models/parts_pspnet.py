# PSPNet (Zhao et al., CVPR 2017) on a ResNet with output stride 8, without the auxiliary
# head, as the other networks have none.
pspnet = dict(
    type='EncoderDecoder',
    backbone=dict(
        type='ResNetV1c',
        depth=50,
        strides=(1, 2, 1, 1),
        dilations=(1, 1, 2, 4),
        contract_dilation=True,
    ),
    decode_head=dict(
        type='PSPHead',
        in_channels=2048,
        in_index=3,
        channels=512,
        pool_scales=(1, 2, 3, 6),
        norm_cfg=dict(type='BN'),
    ),
    test_cfg=dict(mode='whole'),
)
