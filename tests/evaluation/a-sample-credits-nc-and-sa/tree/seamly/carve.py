import numpy as np


def energy(image):
    gray = image.mean(-1)
    return np.abs(np.gradient(gray, axis=0)) + np.abs(np.gradient(gray, axis=1))


def carve(image):
    """Takes the cheapest vertical seam out."""
    cost = energy(image)
    for y in range(1, len(cost)):
        up = np.pad(cost[y - 1], 1, constant_values=np.inf)
        cost[y] += np.minimum(np.minimum(up[:-2], up[1:-1]), up[2:])
    x = int(cost[-1].argmin())
    keep = np.ones(cost.shape, bool)
    for y in range(len(cost) - 1, -1, -1):
        lo = max(0, x - 1)
        x = lo + int(cost[y, lo:x + 2].argmin())
        keep[y, x] = False
    return image[keep].reshape(image.shape[0], -1, image.shape[2])
