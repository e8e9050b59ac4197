# The light 2D-FAN with the bottleneck block, of as many weights and as long a training: the
# hierarchical, parallel, multi-scale block is compared with it.
#   python tools/compare.py configs/fan2d_300w_light.py \
#       configs/fan2d_300w_light_bottleneck.py
_base_ = 'fan2d_300w_light.py'

model = dict(backbone=dict(block='bottleneck'))
