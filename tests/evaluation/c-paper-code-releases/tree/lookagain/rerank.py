def rerank(first, leftovers, alpha=0.3):
    """First pass plus what it left over."""
    return sorted(first, key=lambda k: -(first[k] + alpha * leftovers.get(k, 0.0)))
