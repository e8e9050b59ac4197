# The 68 points of AFLW2000-3D where they lie in the image, also if they are hidden, and
# their depth, by a fitted 3D face; starts from face_lite0.py. The recipe of face68-3d.
# Split 60, 20 and 20 %.
#   mmlandmark train configs/face3d_lite0.py --data AFLW2000-3D --bf16 --load-from face68
_base_ = ['face_lite0.py', '_base_/datasets/aflw2000_3d.py']

load_from = 'work_dirs/face_lite0/epoch_40.pth'
model = dict(type='FaceDepthEstimator')

_dataset = dict(_delete_=True, **_base_.aflw2000_3d)
train_dataloader = dict(
    batch_size=16,
    dataset=dict(split='train', pipeline=_base_.train_pipeline, **_dataset),
)
_tested = dict(pipeline=_base_.test_pipeline, test_mode=True, **_dataset)
val_dataloader = dict(dataset=dict(split='val', **_tested))
test_dataloader = dict(dataset=dict(split='test', **_tested))
val_evaluator = _base_.aflw2000_3d_evaluator
test_evaluator = _base_.aflw2000_3d_evaluator

max_epochs = 60  # epochs of 7 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=10)
# half the rate, as the weights were trained on faces
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = _base_.param_scheduler
param_scheduler[0]['end'] = 20
param_scheduler[1]['T_max'] = max_epochs
