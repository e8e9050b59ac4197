# FASSEG, six labels: a SegNet with a quarter of the published width.
#   python tools/train.py configs/fasseg_segnet.py --data FOLDER --bf16
_base_ = ['_base_/fasseg.py', '_base_/models/parts_segnet.py']

model = _base_.segnet
model.data_preprocessor = dict(size=_base_.input_size[::-1], **_base_.preprocessor)
model.backbone.channels = (16, 32, 64, 128, 128)
model.decode_head.update(
    in_channels=16,
    channels=16,
    num_classes=_base_.num_classes,
    loss_decode=_base_.losses,
)
