"""Checkpoints. `url` is relative to the release page."""


def _cfg(url, sha256, input_size=224, license="apache-2.0", **kw):
    return dict(url=url, sha256=sha256, input_size=(3, input_size, input_size), license=license, **kw)


CHECKPOINTS = {
    "pennant_tiny": _cfg(
        url="v0.9/pennant_tiny-5e1c.pth",
        sha256="5e1c09a4",
        license="apache-2.0",
    ),
    "pennant_base": _cfg(
        url="v0.9/pennant_base-a07f.pth",
        sha256="a07f7be2",
        license="apache-2.0",
    ),
    "pennant_large": _cfg(
        url="v0.11/pennant_large-11d8.pth",
        sha256="11d8c6f0",
        input_size=320,
        license="cc-by-nc-4.0",
        note="trained at the yacht club's expense",
    ),
}


def list_models():
    return list(CHECKPOINTS)
