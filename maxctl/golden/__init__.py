"""Pure: the golden suite, how answers are compared, and what a report shows."""
