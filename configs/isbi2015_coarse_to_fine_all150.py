# configs/isbi2015_coarse_to_fine.py on all 150 training images, over a detector of all 150.
# Nothing is left to choose: the schedule is that config's, the last epoch is kept.
#   python tools/train.py configs/isbi2015_coarse_to_fine_all150.py --bf16
_base_ = ['isbi2015_coarse_to_fine.py']

model = dict(detector_checkpoint='work_dirs/isbi2015_hrnetv2_all150')
train_cfg = dict(val_interval=_base_.max_epochs)
train_dataloader = dict(dataset=dict(ann_file='trainval.json'))
