# FASSEG, six labels: a U-Net with a quarter of the published width.
#   python tools/train.py configs/fasseg_unet.py --data FOLDER --bf16
_base_ = ['_base_/fasseg.py', '_base_/models/parts_unet.py']

model = _base_.unet
model.data_preprocessor = dict(size=_base_.input_size[::-1], **_base_.preprocessor)
model.backbone.base_channels = 16
model.decode_head.update(
    in_channels=16,
    channels=16,
    num_classes=_base_.num_classes,
    loss_decode=_base_.losses,
)
