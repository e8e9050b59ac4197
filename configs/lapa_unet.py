# LaPa, eleven labels: U-Net with its published width, from random weights.
#   python tools/train.py configs/lapa_unet.py --data FOLDER
_base_ = ['_base_/lapa.py', '_base_/models/parts_unet.py']

model = _base_.unet
model.data_preprocessor = dict(size=_base_.input_size[::-1], **_base_.preprocessor)
model.decode_head.num_classes = _base_.num_classes
model.decode_head.loss_decode = _base_.losses
