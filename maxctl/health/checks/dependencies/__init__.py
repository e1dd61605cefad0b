"""Dependencies: what is imported against what is declared."""
