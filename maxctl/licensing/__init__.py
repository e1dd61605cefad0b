"""Phase 2: fetch exactly, and judge who may use it for what."""
