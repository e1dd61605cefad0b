"""Record models of PyTorch and scikit-learn, and what those answer: torch 2.13.0, scikit-learn 1.9.1.

With `pip install -e '.[torch,sklearn]'`, from the repository's root:

    python -m tests.runtimes.record_frameworks tests/runtimes/recorded/frameworks
"""

from __future__ import annotations

import pickle
import re
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas
import torch
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, IsolationForest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC


class Picture(torch.nn.Module):
    """Scores of three classes."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = torch.nn.Conv2d(3, 4, 3)
        self.normal = torch.nn.BatchNorm2d(4)
        self.linear = torch.nn.Linear(4, 3)
        self.constant = torch.tensor([1.0, 2.0, 3.0])
        self.register_buffer("scale", torch.tensor([1.0, 2.0, 3.0]))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return probabilities [N,3] of pictures [N,3,H,W]."""
        pooled = torch.relu(self.normal(self.convolution(image))).mean((2, 3))
        return torch.softmax(self.linear(pooled) * self.scale * self.constant, -1)


class Named(torch.nn.Module):
    """Several tensors in, and several out by name."""

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> dict[str, Any]:
        """Return sums of tokens, and the tokens that count."""
        kept = tokens.float() * mask
        return {"scores": kept.sum(-1), "kept": (kept, kept + 1)}


class Stepped(torch.nn.Module):
    """One that takes a number beside its tensor."""

    def forward(self, sound: torch.Tensor, rate: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the sound and its louder half."""
        return sound * rate, sound[:, : sound.shape[1] // 2]


def record_torch(folder: Path) -> None:
    """Write a program, scripts, weights alone, and a pickled module."""
    torch.manual_seed(7)
    model = Picture().eval()
    image = torch.rand(2, 3, 16, 16)
    sizes = {"image": {0: torch.export.Dim("n", min=1, max=8)}}
    program = torch.export.export(model, (image,), dynamic_shapes=sizes)
    torch.export.save(
        program, folder / "picture.pt2", extra_files={"labels.txt": "a\nb\nc", "LICENSE": "MIT License"}
    )
    tokens, mask = torch.tensor([[0, 1, 2], [3, 4, 5]]), torch.tensor([[1.0, 1, 0], [0, 1, 1]])
    torch.export.save(torch.export.export(Named(), (tokens, mask)), folder / "named.pt2")
    scripted = torch.jit.script(model)
    scripted.save(str(folder / "script.pt"), _extra_files={"labels.txt": "a\nb\nc"})
    torch.jit.trace(model, image).save(str(folder / "trace.pt"))
    torch.jit.script(Stepped()).save(str(folder / "stepped.pt"))
    torch.save(model.state_dict(), folder / "weights.pth")
    torch.save(model, folder / "whole.pth")
    torch.save(model.linear.state_dict(), folder / "legacy.pth", _use_new_zipfile_serialization=False)
    for path in (*folder.glob("*.pt2"), *folder.glob("*.pt")):
        without_places(path)
    with torch.no_grad():
        np.savez(folder / "picture.npz", image=image.numpy(), answer=model(image).numpy())


def without_places(path: Path) -> None:
    """Write an archive anew, without the paths of the machine that it was made on."""
    with zipfile.ZipFile(path) as archive:
        held = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in held.items():
            if name.endswith(".json"):
                data = re.sub(
                    rb'"stack_trace": "(\\.|[^"\\])*"', rb'"stack_trace": "File \"/somewhere/net.py\""', data
                )
            if not name.endswith(".debug_pkl"):
                archive.writestr(name, data)


def record_sklearn(folder: Path) -> None:
    """Write fitted estimators, pickled and by joblib, and what they answer."""
    x, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    frame = pandas.DataFrame(
        {
            "age": np.arange(20.0),
            "city": ["Graz", "Linz"] * 10,
            "fare": np.arange(20.0) ** 2,
            "junk": ["x"] * 20,
        }
    )
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    parts = [("n", numbers, ["age", "fare"]), ("c", OneHotEncoder(handle_unknown="ignore"), ["city"])]
    texts = ["good film", "bad film", "great", "awful thing"] * 5
    estimators = {
        "iris": make_pipeline(StandardScaler(), LogisticRegression()).fit(x, names),
        "trees": GradientBoostingClassifier(n_estimators=5, random_state=0).fit(x, y),
        "machine": LinearSVC(random_state=0).fit(x, y),
        "outlier": IsolationForest(n_estimators=3, random_state=0).fit(x),
        "cluster": KMeans(3, random_state=0, n_init=1).fit(x),
        "line": Ridge().fit(x, y),
        "columns": Pipeline([("c", ColumnTransformer(parts)), ("m", LogisticRegression())]).fit(
            frame, [0, 1] * 10
        ),
        "texts": make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [1, 0, 1, 0] * 5),
        "function": make_pipeline(FunctionTransformer(np.log1p), LogisticRegression()).fit(x, y),
    }
    for name, estimator in estimators.items():
        joblib.dump(estimator, folder / f"{name}.joblib", compress=3 if name in ("trees", "outlier") else 0)
    for protocol in (2, 4):
        (folder / f"iris.{protocol}.pkl").write_bytes(pickle.dumps(estimators["iris"], protocol))
    np.savez(folder / "iris.npz", rows=x[::30], answer=estimators["iris"].predict_proba(x[::30]))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    record_torch(Path(sys.argv[1]))
    record_sklearn(Path(sys.argv[1]))
