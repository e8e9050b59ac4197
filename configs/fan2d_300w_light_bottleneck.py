# The light 2D-FAN with bottleneck blocks, the same number of weights and the same schedule,
# for comparison with the hierarchical, parallel, multi-scale block.
#   python tools/compare.py configs/fan2d_300w_light.py \
#       configs/fan2d_300w_light_bottleneck.py
_base_ = 'fan2d_300w_light.py'

model = dict(backbone=dict(block='bottleneck'))
