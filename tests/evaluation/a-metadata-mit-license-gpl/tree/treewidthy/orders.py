from itertools import combinations


def _eliminate(graph, cost):
    graph = {v: set(n) for v, n in graph.items()}
    order = []
    while graph:
        v = min(graph, key=lambda u: cost(graph, u))
        for a, b in combinations(graph[v], 2):
            graph[a].add(b)
            graph[b].add(a)
        for n in graph.pop(v):
            graph[n].discard(v)
        order.append(v)
    return order


def min_degree(graph):
    return _eliminate(graph, lambda g, v: len(g[v]))


def min_fill(graph):
    return _eliminate(graph, lambda g, v: sum(b not in g[a] for a, b in combinations(g[v], 2)))
