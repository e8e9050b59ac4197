# The network of the package face-alignment, for its published weights; it is not trained.
#   python tools/convert_fan.py 2DFAN4-cd938726ad.zip fan2d.pth
#   python tools/inference.py --config configs/fan2d_published.py \
#       --checkpoint fan2d.pth --img face.jpg
# Likewise 3DFAN4.
_base_ = 'fan2d_300wlp.py'

model = dict(
    backbone=dict(pool='avg'),
    head=dict(decoder=dict(shift=0.5)),  # its origin is the edge of the first pixel
    test_cfg=dict(shift_heatmap=False),  # its flipped heatmaps are aligned
)
