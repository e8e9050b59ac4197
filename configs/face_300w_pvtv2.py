# 300-W, 68 points: a small vision transformer of MMPose (PVTv2-B0, Wang et al., CVM 2022)
# regresses 136 coordinates from colour crops.
#   python tools/train.py configs/face_300w_pvtv2.py --bf16
_base_ = 'face_300w_efficientnet.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='PyramidVisionTransformerV2',
        embed_dims=32,
        num_layers=[2, 2, 2, 2],
    ),
    head=dict(in_channels=256 * 4 * 4),
)
# transformers need a lower rate
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=5e-4, weight_decay=0.05)
)
