"""The checks, one file or folder each. The children that they start import this too: it stays empty."""
