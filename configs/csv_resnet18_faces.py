# ResNet-18 with transfer learning from a training on 300-W, without a download.
#   python tools/train.py configs/face_300w_resnet18_wing.py --bf16
#   python tools/compare.py configs/csv_cnn2.py configs/csv_cnn4.py \
#       configs/csv_resnet18_faces.py --data points.csv
_base_ = 'csv_resnet18.py'

load_from = 'work_dirs/face_300w_resnet18_wing/epoch_40.pth'
