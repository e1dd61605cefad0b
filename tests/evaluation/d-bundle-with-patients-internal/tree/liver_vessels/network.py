"""The network of the bundle."""

from monai.networks.nets import SegResNet


class VesselNet(SegResNet):
    def __init__(self, in_channels, out_channels):
        super().__init__(
            spatial_dims=3,
            init_filters=32,
            in_channels=in_channels,
            out_channels=out_channels,
            dropout_prob=0.2,
        )
