"""Mirrors, cache, verification, unpacking, packing, stores."""
