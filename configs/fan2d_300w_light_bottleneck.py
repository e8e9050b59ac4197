# The light 2D-FAN with the bottleneck block, the same number of weights and epochs, for a
# comparison with the hierarchical, parallel, multi-scale block.
#   mmlandmark compare configs/fan2d_300w_light.py \
#       configs/fan2d_300w_light_bottleneck.py
_base_ = 'fan2d_300w_light.py'

model = dict(backbone=dict(block='bottleneck'))
