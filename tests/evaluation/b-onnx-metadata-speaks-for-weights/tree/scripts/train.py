"""Train the tagger and export it."""
import torch
from torchvision import datasets, transforms

train = datasets.FashionMNIST("cache", train=True, download=True, transform=transforms.ToTensor())
# ... model and loop as in the tutorial notebook ...
