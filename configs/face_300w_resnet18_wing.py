# ResNet-18 on 300-W with the wing loss (Feng et al., CVPR 2018), which gives small errors
# more weight than the squared error.
#   python tools/train.py configs/face_300w_resnet18_heatmap.py --bf16
#   python tools/train.py configs/face_300w_resnet18_wing.py --bf16 \
#       --load-from work_dirs/face_300w_resnet18_heatmap/epoch_20.pth
# From random weights (without --load-from) the NME on LFPW is 4.96 % instead of 4.22 %.
_base_ = 'face_300w_resnet18.py'

model = dict(
    head=dict(
        # relative to the crop: omega is 5 and epsilon 1 of 128 pixels
        loss=dict(
            _delete_=True,
            type='WingLoss',
            omega=0.04,
            epsilon=0.008,
            use_target_weight=True,
        ),
    ),
)
