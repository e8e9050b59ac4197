# configs/ceph_lite0.py on all 150 training images, with the same first stage: last epoch,
# no selection. The released ceph19 was trained with it.
#   python tools/train.py configs/ceph_lite0_detector.py --bf16
#   python tools/train.py configs/ceph_lite0_all150.py --bf16
_base_ = ['ceph_lite0.py']

max_epochs = 32  # epochs of 38 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
train_dataloader = dict(dataset=dict(ann_file='trainval.json'))
