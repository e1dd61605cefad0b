"""Lichens of limestone walls."""
