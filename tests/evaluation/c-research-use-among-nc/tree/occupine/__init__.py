"""Occupancy prediction."""
