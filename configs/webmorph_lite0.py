# 189 points of a face with its hair, ears and neck, in WebMorph's template: the network of
# face_lite0.py on crops of the whole head. The face sets of webmorphR.stim; another studio
# is the test part.
#   mmlandmark train configs/webmorph_lite0.py --data webmorph --bf16
_base_ = 'face_lite0.py'

scheme = 'webmorph189'
input_size = (224, 224)
padding = 2.5  # relative to the box of the face without the hair
model = dict(
    head=dict(
        scheme=scheme,
        decoder=dict(input_size=input_size, heatmap_size=(112, 112)),
    )
)

train_pipeline = _base_.train_pipeline
train_pipeline[1]['padding'] = padding
_scaled = dict(shift_factor=0.05, rotate_factor=20)  # the crop is twice as wide
train_pipeline[3]['transforms'][0][0].update(_scaled)
train_pipeline[3]['transforms'][1][0].update(shift_factor=0.08, rotate_factor=40)
train_pipeline[4]['input_size'] = input_size
train_pipeline[-2]['encoder']['input_size'] = input_size
test_pipeline = _base_.test_pipeline
test_pipeline[1]['padding'] = padding
test_pipeline[2]['input_size'] = input_size

_dataset = dict(
    _delete_=True,
    type='FaceDataset',
    layout='webmorph',
    data_root='data/webmorph',
    box='source',
)
train_dataloader = dict(
    batch_size=16, dataset=dict(split='train', pipeline=train_pipeline, **_dataset)
)
_tested = dict(pipeline=test_pipeline, test_mode=True, **_dataset)
val_dataloader = dict(batch_size=16, dataset=dict(split='val', **_tested))
test_dataloader = dict(batch_size=16, dataset=dict(split='test', **_tested))
val_evaluator = dict(scheme=scheme)
test_evaluator = dict(scheme=scheme)

max_epochs = 100  # epochs of 12 steps
train_cfg = dict(max_epochs=max_epochs, val_interval=20)
param_scheduler = _base_.param_scheduler
param_scheduler[1]['T_max'] = max_epochs
