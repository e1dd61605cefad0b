"""Phase 1: which model to publish."""
