from ._read import read

__version__ = "0.6.2"
