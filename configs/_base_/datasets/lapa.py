# LaPa in its published layout: {train,val,test}/images, labels and landmarks, in nearly
# square photographs; the pipelines are those of FASSEG.
_base_ = 'fasseg.py'

parts = 'lapa11'
num_classes = 11
input_size = (256, 256)  # width, height: multiples of 32

train_pipeline = _base_.train_pipeline
train_pipeline[3].update(scale=input_size)
train_pipeline[5].update(crop_size=input_size[::-1])
test_pipeline = _base_.test_pipeline
test_pipeline[2].update(scale=input_size)

_dataset = dict(type='LaPaDataset', data_root='data/lapa')
train_dataloader = dict(dataset=dict(pipeline=train_pipeline, **_dataset))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline, **_dataset))
test_dataloader = dict(dataset=dict(split='test', pipeline=test_pipeline, **_dataset))
