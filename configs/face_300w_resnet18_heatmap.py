# ResNet-18 with heatmaps on gray crops of 300-W: pretrained weights for the configs that
# regress (face_300w_resnet18.py, ..._wing.py).
#   python tools/train.py configs/face_300w_resnet18_heatmap.py --bf16
#   python tools/train.py configs/face_300w_resnet18_wing.py --bf16 \
#       --load-from work_dirs/face_300w_resnet18_heatmap/epoch_20.pth
_base_ = 'face_300w_resnet18.py'

model = dict(
    head=dict(
        _delete_=True,
        type='PointHeatmapHead',
        in_channels=512,
        scheme=_base_.scheme,
        deconv_out_channels=(128, 128, 128),  # from stride 32 to stride 4
        deconv_kernel_sizes=(4, 4, 4),
        decoder=dict(
            type='MSRAHeatmap',
            input_size=_base_.input_size,
            heatmap_size=(32, 32),
            sigma=1,  # pixels of 4 crop pixels
            unbiased=True,
        ),
    ),
)

max_epochs = 20  # epochs of 57 steps
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
