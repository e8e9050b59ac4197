# U-Net (Ronneberger et al., arXiv 1505.04597) with BatchNorm, from mmsegmentation.
unet = dict(
    type='EncoderDecoder',
    backbone=dict(type='UNet', base_channels=64, norm_cfg=dict(type='BN')),
    decode_head=dict(
        type='FCNHead',
        in_channels=64,
        in_index=4,  # the finest, at the resolution of the input
        channels=64,
        num_convs=0,
        concat_input=False,
    ),
    test_cfg=dict(mode='whole'),
)
