# SegNet (Badrinarayanan et al., PAMI 2017) with the widths of VGG16.
segnet = dict(
    type='EncoderDecoder',
    backbone=dict(type='SegNet', channels=(64, 128, 256, 512, 512)),
    decode_head=dict(
        type='FCNHead',
        in_channels=64,
        channels=64,
        num_convs=0,
        concat_input=False,
    ),
    test_cfg=dict(mode='whole'),
)
