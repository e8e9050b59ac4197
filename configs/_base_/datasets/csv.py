# Any CSV of points: whole gray images, resized to the network's input. A config adds the
# model; --data gives the table, and --cfg-options can set the following variables.
_base_ = 'loaders.py'

scheme = None  # the columns of the table; ibug68 also defines the eyes
subject_from = None  # the person in a file name, such as '(.+)_' in Ann_Lee_3.jpg
images = None  # the folder of the images, if it is not that of the table or inside it
index_base = 0  # 1 if the first pixel is (1, 1)

data_root = 'data/csv'
input_size = (96, 96)  # as in the Kaggle table of facial keypoints

_labels = dict(type='RegressionLabel', input_size=input_size)
_to_gray = dict(type='RandomGrayscale', prob=1.0, channel_weights=(0.114, 0.587, 0.299))
train_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),  # the box is the whole image
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.05,
        shift_prob=1.0,
        scale_factor=(0.9, 1.1),
        scale_prob=1.0,
        rotate_factor=15,
        rotate_prob=1.0,
    ),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='RandomIntensity'),
    _to_gray,
    dict(type='GenerateTarget', encoder=_labels),
    dict(type='PackLandmarkInputs'),
]
test_pipeline = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size),
    _to_gray,
    dict(type='PackLandmarkInputs'),
]

# 60, 20 and 20 % of the subjects if the table has no column for the split
_dataset = dict(type='CSVKeypointDataset', data_root=data_root, box='image')
train_dataloader = dict(
    batch_size=32, dataset=dict(split='train', pipeline=train_pipeline, **_dataset)
)
_tested = dict(pipeline=test_pipeline, test_mode=True, **_dataset)
val_dataloader = dict(batch_size=32, dataset=dict(split='val', **_tested))
test_dataloader = dict(batch_size=32, dataset=dict(split='test', **_tested))
val_evaluator = dict(type='FaceError', scheme=scheme, accuracy_side=input_size[0])
test_evaluator = dict(type='FaceError', scheme=scheme, accuracy_side=input_size[0])
