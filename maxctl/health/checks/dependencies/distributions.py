"""Which distribution provides which module, where their names differ.

The installed packages of this machine are not asked: the same tree must get the same answer everywhere.
"""

from __future__ import annotations

import sys

from packaging.utils import canonicalize_name

# top-level module (or dotted prefix) -> distributions that provide it, the usual one first
PROVIDERS: dict[str, tuple[str, ...]] = {
    "absl": ("absl-py",),
    "ai_edge_litert": ("ai-edge-litert",),
    "attr": ("attrs",),
    "attrs": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "cairo": ("pycairo",),
    "Crypto": ("pycryptodome", "pycrypto"),
    "cupy": ("cupy", "cupy-cuda11x", "cupy-cuda12x"),
    "cv2": (
        "opencv-python",
        "opencv-python-headless",
        "opencv-contrib-python",
        "opencv-contrib-python-headless",
    ),
    "dateutil": ("python-dateutil",),
    "decord": ("decord", "eva-decord"),
    "docx": ("python-docx",),
    "dotenv": ("python-dotenv",),
    "faiss": ("faiss-cpu", "faiss-gpu"),
    "fitz": ("pymupdf",),
    "git": ("gitpython",),
    "google.protobuf": ("protobuf",),
    "grpc": ("grpcio",),
    "hydra": ("hydra-core",),
    "jwt": ("pyjwt",),
    "keras": ("keras", "tensorflow"),
    "Levenshtein": ("levenshtein", "python-levenshtein"),
    "magic": ("python-magic",),
    "mpl_toolkits": ("matplotlib",),
    "MySQLdb": ("mysqlclient",),
    "nacl": ("pynacl",),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu"),
    "OpenSSL": ("pyopenssl",),
    "PIL": ("pillow", "pillow-simd"),
    "pkg_resources": ("setuptools",),
    "psycopg2": ("psycopg2", "psycopg2-binary"),
    "pycocotools": ("pycocotools", "pycocotools-windows"),
    "pylab": ("matplotlib",),
    "pythoncom": ("pywin32",),
    "ruamel": ("ruamel-yaml",),
    "serial": ("pyserial",),
    "setuptools": ("setuptools",),
    "sklearn": ("scikit-learn",),
    "skimage": ("scikit-image",),
    "skvideo": ("scikit-video",),
    "slugify": ("python-slugify",),
    "soundfile": ("soundfile", "pysoundfile"),
    "speech_recognition": ("speechrecognition",),
    "tensorboardX": ("tensorboardx",),
    "tensorflow": (
        "tensorflow",
        "tensorflow-cpu",
        "tensorflow-gpu",
        "tensorflow-intel",
        "tensorflow-macos",
        "tensorflow-aarch64",
        "tf-nightly",
    ),
    "tflite_runtime": ("tflite-runtime",),
    "torch": ("torch", "pytorch", "pytorch-cpu", "pytorch-gpu"),
    "umap": ("umap-learn",),
    "usb": ("pyusb",),
    "websocket": ("websocket-client",),
    "win32api": ("pywin32",),
    "wx": ("wxpython",),
    "yaml": ("pyyaml",),
    "zmq": ("pyzmq",),
}

# Distributions that are declared for what they do, not for being imported.
NOT_IMPORTED = frozenset(
    {
        "pip",
        "setuptools",
        "wheel",
        "cython",
        "ninja",
        "jupyter",
        "jupyterlab",
        "notebook",
        "ipykernel",
        "gunicorn",
        "uvicorn",
        "pre-commit",
        "twine",
        "build",
        "black",
        "flake8",
        "isort",
        "mypy",
        "pylint",
        "ruff",
        "tox",
        "nox",
        "pytest",
        "pytest-cov",
        "coverage",
        "sphinx",
        "cudatoolkit",
        "cudnn",
        "python",
    }
)

# Standard modules that this Python no longer has, or that only Python 2 had.
FORMER_STANDARD = frozenset(
    {
        "distutils",
        "imp",
        "asynchat",
        "asyncore",
        "smtpd",
        "binhex",
        "formatter",
        "parser",
        "symbol",
        "macpath",
        "aifc",
        "audioop",
        "cgi",
        "cgitb",
        "chunk",
        "crypt",
        "imghdr",
        "mailcap",
        "msilib",
        "nis",
        "nntplib",
        "ossaudiodev",
        "pipes",
        "sndhdr",
        "spwd",
        "sunau",
        "telnetlib",
        "uu",
        "xdrlib",
        "lib2to3",
        "__builtin__",
        "BaseHTTPServer",
        "ConfigParser",
        "Cookie",
        "cookielib",
        "commands",
        "cPickle",
        "cStringIO",
        "copy_reg",
        "dummy_thread",
        "exceptions",
        "HTMLParser",
        "httplib",
        "md5",
        "popen2",
        "Queue",
        "sets",
        "sha",
        "SimpleHTTPServer",
        "SocketServer",
        "StringIO",
        "thread",
        "Tkinter",
        "tkFileDialog",
        "tkMessageBox",
        "urllib2",
        "urlparse",
        "xmlrpclib",
    }
)


def is_standard(module: str) -> bool:
    """Tell whether the top-level module belongs to Python itself, today's or an older one."""
    return module in sys.stdlib_module_names or module in FORMER_STANDARD or module == "__future__"


def providers(module: str) -> tuple[str, ...]:
    """Return the distributions that provide a dotted module, the usual one first, names normalised."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        known = PROVIDERS.get(".".join(parts[:length]))
        if known is not None:
            return known
    if parts[0] == "google" and len(parts) > 1:  # a namespace that many distributions share
        return tuple(
            canonicalize_name("-".join(parts[:length])) for length in range(min(len(parts), 4), 1, -1)
        )
    return (canonicalize_name(parts[0]),)


def provides(distribution: str, module: str) -> bool:
    """Tell whether a distribution, by its normalised name, provides a dotted module."""
    return distribution in providers(module)
