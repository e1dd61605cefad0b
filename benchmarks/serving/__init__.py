"""The parts of `benchmarks/serving.py`: servers and their environments, the load, the floor, the tables."""
