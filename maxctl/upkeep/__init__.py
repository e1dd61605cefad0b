"""After release: what moved upstream."""
