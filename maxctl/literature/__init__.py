"""Phase 1: find candidates and say why."""
