"""Phase 4: pack the model, and generate the service and its image."""
