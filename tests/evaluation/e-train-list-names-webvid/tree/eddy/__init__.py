"""Surface velocity of rivers."""
