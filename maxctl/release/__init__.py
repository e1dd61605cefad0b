"""Phase 5: the same answers, and the trail of who agreed."""
