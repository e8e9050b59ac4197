# FASSEG, six labels: a PSPNet on a ResNet-18 with half the published width.
#   python tools/train.py configs/fasseg_pspnet.py --data FOLDER --bf16
_base_ = ['_base_/fasseg.py', '_base_/models/parts_pspnet.py']

model = _base_.pspnet
model.data_preprocessor = dict(size=_base_.input_size[::-1], **_base_.preprocessor)
model.backbone.update(depth=18, base_channels=32, stem_channels=32)
model.decode_head.update(
    in_channels=256,
    channels=64,
    num_classes=_base_.num_classes,
    loss_decode=_base_.losses,
)
