# Datasets and metric of prepared lateral heads. A config adds the scheme, the folder, the
# annotation files and the pipelines.
_base_ = 'loaders.py'

_dataset = dict(type='CephalometricDataset', data_prefix=dict(img='images/'))
train_dataloader = dict(batch_size=10, dataset=dict(ann_file='train.json', **_dataset))
val_dataloader = dict(
    batch_size=10, dataset=dict(ann_file='val.json', test_mode=True, **_dataset)
)
test_dataloader = dict(
    batch_size=10, dataset=dict(ann_file='test.json', test_mode=True, **_dataset)
)
val_evaluator = dict(type='RadialError')
test_evaluator = dict(type='RadialError')
