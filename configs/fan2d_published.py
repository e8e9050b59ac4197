# The network of the package face-alignment, for its published weights; not for training.
#   mmlandmark convert-fan 2DFAN4-cd938726ad.zip fan2d.pth
#   python tools/inference.py --config configs/fan2d_published.py \
#       --checkpoint fan2d.pth --img face.jpg
# 3DFAN4 is converted and run in the same way.
_base_ = 'fan2d_300wlp.py'

model = dict(
    backbone=dict(pool='avg'),
    # the published weights count from the edges of heatmap pixels
    head=dict(decoder=dict(shift=0.5)),
    test_cfg=dict(shift_heatmap=False),  # flipped heatmaps are then aligned
)
