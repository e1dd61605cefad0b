"""Model files: what loading them would execute."""
