"""Take a pre-trained model from a paper to a pulled container, and keep the paper trail."""

__version__ = "0.1.0"
