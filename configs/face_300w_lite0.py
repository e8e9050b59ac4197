# 300-W, 68 points: EfficientNet-Lite0 from ImageNet regresses 136 values from gray crops,
# with the split, the loss and the schedule of face_300w_resnet18.py, which starts from
# random weights.
#   mmlandmark train configs/face_300w_lite0.py --data 300w --bf16
_base_ = ['face_300w_resnet18.py', '_base_/models/lite0.py']

load_from = _base_.pretrained  # its first convolution is summed over the colours
model = dict(
    backbone=dict(
        _delete_=True,
        type='EfficientNetLite',
        out_indices=(6,),
        in_channels=1,
    ),
    head=dict(
        in_channels=320 * 4 * 4,  # stride 32
        # starts with the centre of the crop for each point
        init_cfg=dict(type='Constant', layer='Linear', val=0.0, bias=0.5),
    ),
)
# A step of Adam changes a value by up to its rate times the sum of 5120 features, which
# have no activation: with the rate of the encoder that is several widths of the crop.
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(head=dict(lr_mult=0.01))))
