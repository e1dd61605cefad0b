"""Dune lines in photographs."""
