"""One file per outside thing; nothing else knows it."""
