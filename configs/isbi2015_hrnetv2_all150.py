# Continues configs/isbi2015_hrnetv2.py for a few minutes: its selected weights are trained
# at a low rate on all 150 training images. Last epoch, no selection.
#   python tools/train.py configs/isbi2015_hrnetv2_all150.py --bf16 \
#       --load-from work_dirs/isbi2015_hrnetv2/best_ceph_MRE_px_epoch_56.pth
_base_ = ['isbi2015_hrnetv2.py']

max_epochs = 8  # epochs of 19 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
# the rate of the first training after 37 epochs
optim_wrapper = dict(optimizer=dict(lr=3e-4))
param_scheduler = _base_.param_scheduler
param_scheduler[0]['end'] = 20
param_scheduler[1]['T_max'] = max_epochs
train_dataloader = dict(dataset=dict(ann_file='trainval.json'))
