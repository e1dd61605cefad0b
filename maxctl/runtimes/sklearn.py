"""scikit-learn's estimators, pickled: inspect one without running any of it, and convert it to ONNX.

A pickle runs what it names. `inspect` lets it name nothing but arrays; what it would name stands in the description.
`convert` lets it name classes of scikit-learn, NumPy and SciPy, each checked, and refuses a file that names more.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maxctl.runtimes import inert_pickle, onnx, to_onnx
from maxctl.runtimes.framework import one_line
from maxctl.runtimes.inert_pickle import Inert
from maxctl.runtimes.interface import (
    CorruptModelError,
    FrameworkMissingError,
    ModelDescription,
    ModelFormatError,
    TensorDescription,
    UnsafeModelError,
    UnsupportedOperatorError,
    plain_names,
)

NAME = "scikit-learn"
_HEAD = 8192
_MOST_OBJECTS = 5_000_000
ROWS = 256
"""With which the original and the converted model are compared."""
_ALONE = "save the fitted estimator alone: joblib.dump(estimator, 'model.joblib')"

# what pickles of estimators name beside scikit-learn's classes
_HARMLESS = {
    "builtins": {"bytearray", "complex", "dict", "float", "frozenset", "int", "list", "object", "range", "set", "slice",
                 "str", "tuple", "bool", "bytes"},
    "__builtin__": {"object", "set", "slice"},
    "collections": {"OrderedDict", "defaultdict", "deque", "Counter"},
    "copyreg": {"_reconstructor"},
    "copy_reg": {"_reconstructor"},
    "_codecs": {"encode"},
    "joblib.numpy_pickle": {"NumpyArrayWrapper"},
    "numpy.random._pickle": {"__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"},
    "numpy": {"dtype", "ndarray"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.numeric": {"_frombuffer"},
    "numpy._core.numeric": {"_frombuffer"},
    "numpy.ma": {"MaskedArray"},
    "numpy.ma.core": {"MaskedArray", "_mareconstruct"},
    "numpy.random.bit_generator": {"SeedSequence", "__pyx_unpickle_SeedSequence"},
    "numpy.random._mt19937": {"MT19937"},
    "numpy.random._pcg64": {"PCG64"},
    "scipy.sparse._csr": {"csr_matrix", "csr_array"},
    "scipy.sparse._csc": {"csc_matrix", "csc_array"},
    "scipy.sparse._dia": {"dia_matrix", "dia_array"},
    "scipy.sparse._coo": {"coo_matrix", "coo_array"},
    "scipy.sparse.csr": {"csr_matrix"},
    "scipy.interpolate._interpolate": {"interp1d"},
    "scipy.interpolate._bsplines": {"BSpline"},
}  # fmt: skip
_MODERN = {"__builtin__": "builtins", "copy_reg": "copyreg"}
_NUMPY = re.compile(
    r"(u?int|float|complex)\d+|bool_?|str_|object_|log1?p?|log10|log2|exp|expm1|sqrt|square|abs|absolute"
)
# these open files and sockets, or are there for tests
_NOT = re.compile(r"sklearn\.(datasets|externals|utils\._testing|experimental|conftest)\b|\.tests\b|\._?test")
_CLASS = re.compile(r"_?[A-Z]\w*")
_MADE_BY = re.compile(r"__pyx_unpickle_\w+|newObj")
_WITHOUT_PROBABILITIES = frozenset({
    "LinearSVC", "NuSVC", "PassiveAggressiveClassifier", "Perceptron", "RidgeClassifier", "RidgeClassifierCV", "SVC",
})  # fmt: skip
_TWO = {
    "KMeans": "cluster", "MiniBatchKMeans": "cluster", "IsolationForest": "outlier", "LocalOutlierFactor": "outlier",
    "OneClassSVM": "outlier",
}  # fmt: skip
"""What gives a number for a row, and how sure that is."""
_WITHOUT_ZIPMAP = frozenset({"LinearSVC"})
"""Classifiers for which skl2onnx has no such option, since they give a matrix anyway."""
_TEXTS = frozenset({"CountVectorizer", "TfidfVectorizer", "HashingVectorizer"})


_TEXT = "text"
_WORDS = (
    "Grüß", "naïve", "ÉTÉ", "Straße", "don't", "it's", "x", "I", "3rd", "C++", "#tag", "日本語", "café-bar", "e-mail",
    "'so'", "UPPER", "a_b", "пример", "ٱلسَّلَامُ", "½", "🙂",
)  # fmt: skip
"""What texts hold beside words that a model knows."""
_WORD = r"(?u)\b\w\w+\b"
"""How scikit-learn takes texts apart where nobody says otherwise."""
_SAME_WORD = r"[\p{L}\p{N}_][\p{L}\p{N}_]+"
"""The same for RE2, which ONNX Runtime has: its \\w knows ASCII alone."""


@dataclass(frozen=True, slots=True)
class _Column:
    """One input of a model that takes its columns apart."""

    name: str
    dtype: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class _Estimator:
    """What a pickled estimator says of itself."""

    root: Inert
    named: tuple[tuple[str, str], ...]
    """Modules and names in the pickle."""

    @property
    def version(self) -> str:
        """Return the version of scikit-learn that it was saved with."""
        return str(self.root.state.get("_sklearn_version") or "")


def recognise(path: Path) -> bool:
    """Return whether this is a pickle, perhaps compressed, that names scikit-learn at its beginning."""
    if not path.is_file():
        return False
    with (
        contextlib.suppress(OSError, EOFError, ValueError, ModelFormatError),
        inert_pickle.opened(path) as stream,
    ):
        head = stream.read(_HEAD)
        return head[:1] == b"\x80" and b"sklearn." in head
    return False


def inspect(path: Path) -> ModelDescription:
    """Return what the estimator says of itself. Nothing is imported but NumPy, nothing is run."""
    estimator = _read(path)
    try:
        return _described(path, estimator)
    except ModelFormatError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise CorruptModelError(
            f"{path.name} is no fitted estimator: {type(error).__name__}: {error}", hint=_ALONE
        ) from error


def _described(path: Path, estimator: _Estimator) -> ModelDescription:
    root, last = estimator.root, _last(estimator.root)
    operators = Counter(_short(one) for one in _estimators(root))
    classes = _listed(last.state.get("classes_"))
    features = _listed(_first_with(root, "feature_names_in_"))
    told = {
        "estimator": _short(root),
        "sklearn_version": estimator.version,
        "steps": " → ".join(_short(one) for _, one in _steps(root)),
        "classes_": json.dumps(classes) if classes else "",
        "feature_names_in_": json.dumps(features) if features else "",
    }
    return ModelDescription(
        format=NAME,
        inputs=_inputs(root),
        outputs=_outputs(root),
        operators=dict(sorted(operators.items())),
        parameters=_parameters(root),
        size_bytes=path.stat().st_size,
        metadata={key: value for key, value in told.items() if value},
        unsafe_operators=tuple(sorted({".".join(name) for name in estimator.named if not is_allowed(*name)})),
    )


def _read(path: Path) -> _Estimator:
    if not path.is_file():
        raise ModelFormatError(f"{path} is not there", hint="name the pickled estimator")
    named: dict[tuple[str, str], None] = {}

    def resolve(module: str, name: str) -> Any:
        named.setdefault((module, name))
        return inert_pickle.stand_in(module, name)

    root = inert_pickle.load(path, resolve)
    if not isinstance(root, Inert) or not root.called.startswith("sklearn.") or not root.state:
        what = root.called or "nothing" if isinstance(root, Inert) else f"a {type(root).__name__}"
        raise ModelFormatError(f"{path.name} holds {what}, not an estimator of scikit-learn", hint=_ALONE)
    return _Estimator(root, tuple(named))


def is_allowed(module: str, name: str) -> bool:
    """Tell whether a pickle may name this: a class of scikit-learn that holds numbers, or what rebuilds arrays."""
    if name in _HARMLESS.get(module, ()):
        return True
    if module == "numpy" and _NUMPY.fullmatch(name):
        return True
    if not module.startswith("sklearn.") or _NOT.search(module):
        return False
    return bool(_CLASS.fullmatch(name) or _MADE_BY.fullmatch(name))


def _short(one: Inert) -> str:
    return one.called.rpartition(".")[2]


def _walk(root: Any) -> Iterator[Inert]:
    """Yield every object in a pickle, once."""
    waiting, seen = [root], set[int]()
    while waiting:
        one = waiting.pop()
        if isinstance(one, str | bytes | int | float | None) or id(one) in seen:
            continue
        seen.add(id(one))
        if len(seen) > _MOST_OBJECTS:
            raise UnsafeModelError(f"it holds more than {_MOST_OBJECTS} objects")
        if isinstance(one, Inert):
            yield one
            waiting += [*one.state.values(), *one.items, *one.arguments]
        elif isinstance(one, dict):
            waiting += [*one.values()]
        elif isinstance(one, list | tuple | set):
            waiting += [*one]
        elif getattr(getattr(one, "dtype", None), "hasobject", False):
            waiting += [*one.ravel()]


def _estimators(root: Inert) -> Iterator[Inert]:
    for one in _walk(root):
        if one.called.startswith("sklearn.") and (one is root or "_sklearn_version" in one.state):
            yield one


def _parameters(root: Inert) -> int:
    """Return how many floating-point numbers the fitted attributes hold: those whose names end in `_`."""
    import numpy as np

    total = 0
    for one in _walk(root):
        for key, value in one.state.items():
            arrays = value if isinstance(value, list) else [value]
            total += sum(
                array.size
                for array in arrays
                if isinstance(array, np.ndarray)
                and array.dtype.kind in "fV"
                and (key.endswith("_") or key in ("nodes", "values"))
            )
    return total


def _steps(one: Inert) -> list[tuple[str, Inert]]:
    """Return the steps of a pipeline, or none."""
    steps = one.state.get("steps") if _short(one) == "Pipeline" else None
    return [(str(name), step) for name, step in steps or () if isinstance(step, Inert)]


def _last(one: Inert) -> Inert:
    """Return what answers: the last step of a pipeline, and what a search has found best."""
    best = one.state.get("best_estimator_")
    if isinstance(best, Inert):
        return _last(best)
    steps = _steps(one)
    return _last(steps[-1][1]) if steps else one


def _first(one: Inert) -> Inert:
    """Return what the input goes to first."""
    best = one.state.get("best_estimator_")
    if isinstance(best, Inert):
        return _first(best)
    steps = _steps(one)
    return _first(steps[0][1]) if steps else one


def _first_with(root: Inert, key: str) -> Any:
    for one in (root, _first(root), *(step for _, step in _steps(root)), *_estimators(root)):
        if key in one.state:
            return one.state[key]
    return None


def _listed(value: Any) -> list[Any]:
    """Return a one-dimensional array as plain values."""
    import numpy as np

    if not isinstance(value, np.ndarray) or value.ndim != 1:
        return []
    return [one.item() if isinstance(one, np.generic) else one for one in value.tolist()]


def _inputs(root: Inert) -> tuple[TensorDescription, ...]:
    columns = _columns(root)
    if columns:
        names = plain_names(column.name for column in columns)
        return tuple(
            TensorDescription(name, column.dtype, (None, 1))
            for name, column in zip(names, columns, strict=True)
        )
    width = _first_with(root, "n_features_in_")
    if width is None:
        width = _first_with(root, "n_features_")
    known = int(width) if isinstance(width, int) or hasattr(width, "item") else None
    return (TensorDescription("rows", "float32", (None, known)),)


def _columns(root: Inert) -> list[_Column]:
    """Return the columns of a model that begins by taking them apart, or takes texts; else none."""
    first = _first(root)
    if _short(first) in _TEXTS:
        return [_Column(_TEXT, "string", tuple(sorted(map(str, first.state.get("vocabulary_") or ("a",)))))]
    names = _listed(_first_with(root, "feature_names_in_"))
    if _short(first) != "ColumnTransformer" or not names:
        return []
    found: dict[str, _Column] = {}
    for part in first.state.get("transformers_") or ():
        if not isinstance(part, tuple) or len(part) != 3 or part[1] == "drop":
            continue
        _, transformer, chosen = part
        chosen = _chosen(chosen, names)
        values = _categories(transformer, len(chosen))
        for column, known in zip(chosen, values, strict=True):
            texts = any(isinstance(one, str) for one in known)
            found[column] = _Column(column, "string" if texts else "float32", tuple(known))
    return [found[name] for name in names if name in found]


def _chosen(columns: Any, names: Sequence[str]) -> list[str]:
    """Return the names of the columns that a part of a ColumnTransformer takes."""
    if isinstance(columns, str):
        return [columns]
    if isinstance(columns, Inert) and columns.called.endswith("slice"):
        start, stop, step = columns.arguments
        if all(isinstance(end, int | None) for end in (start, stop, step)):
            return list(names[start:stop:step])
    values = columns.tolist() if hasattr(columns, "tolist") else columns
    if isinstance(values, int):
        values = [values]
    if isinstance(values, list) and all(isinstance(one, bool) for one in values):
        return [name for name, taken in zip(names, values, strict=False) if taken]
    if isinstance(values, list) and all(
        isinstance(one, int) and -len(names) <= one < len(names) for one in values
    ):
        return [names[one] for one in values]
    if isinstance(values, list) and all(isinstance(one, str) for one in values):
        return values
    raise UnsupportedOperatorError(
        f"a ColumnTransformer chooses its columns by {type(columns).__name__}", hint="choose them by name"
    )


def _categories(transformer: Any, count: int) -> list[list[Any]]:
    """Return the values that an encoder knows of each of its columns."""
    if isinstance(transformer, Inert):
        for one in _walk(transformer):
            known = one.state.get("categories_")
            if isinstance(known, list) and len(known) == count:
                return [_listed(values) for values in known]
            if _short(one) in _TEXTS:
                return [sorted(map(str, one.state.get("vocabulary_") or ("a",)))] * count
    return [[]] * count


def _outputs(root: Inert) -> tuple[TensorDescription, ...]:
    last = _last(root)
    classes = last.state.get("classes_")
    if isinstance(classes, list):
        raise UnsupportedOperatorError(
            f"{_short(last)} answers with several labels at once", hint="save one estimator for each"
        )
    if classes is not None:
        listed = _listed(classes)
        dtype = "string" if any(isinstance(one, str) for one in listed) else "int64"
        sure = _short(last) not in _WITHOUT_PROBABILITIES or last.state.get("probability") is True
        scores = "probabilities" if sure else "scores"
        return (
            TensorDescription("label", dtype, (None,)),
            TensorDescription(scores, "float32", (None, len(listed) if sure else None)),
        )
    if (group := _TWO.get(_short(last))) is not None:
        return (
            TensorDescription("label", "int64", (None,) if group == "cluster" else (None, 1)),
            TensorDescription("scores", "float32", (None, None)),
        )
    return (TensorDescription("output", "float32", (None, None)),)


def convert(paths: Sequence[Path], out: Path) -> ModelDescription:
    """Write an estimator as an ONNX file, and return what that holds.

    Of several files each takes what the one before gives, as in a pipeline. Imports scikit-learn and skl2onnx. Raises
    `ModelFormatError`.
    """
    estimators = [_read(path) for path in paths]
    for path, one in zip(paths, estimators, strict=True):
        if unsafe := sorted({".".join(name) for name in one.named if not is_allowed(*name)}):
            raise UnsafeModelError(
                f"loading {path.name} would import {', '.join(unsafe)}",
                hint="only what scikit-learn's own estimators need is loaded; convert it where its code is",
            )
        _check_version(one.version, path.name)
    name = paths[-1].name
    inputs, outputs = _inputs(estimators[0].root), _outputs(estimators[-1].root)
    columns = _columns(estimators[0].root)
    model = _chained([inert_pickle.load(path, _real) for path in paths])
    with one_line("skl2onnx", name, "serve it by a hook, or replace the step that ONNX has no operator for"):
        types = importlib.import_module("skl2onnx.common.data_types")
        kinds = {"string": types.StringTensorType, "float32": types.FloatTensorType}
        taken = [(one.name, kinds[str(one.dtype)](list(one.shape or ()))) for one in inputs]
        written = importlib.import_module("skl2onnx").convert_sklearn(
            model, name="model", initial_types=taken,
            final_types=[(one.name, None) for one in outputs],
            options=_options(model), target_opset={"": to_onnx.LEGACY_OPSET, "ai.onnx.ml": 3},
        )  # fmt: skip
    given = _rows(inputs, columns)
    with one_line("scikit-learn", name, _ALONE):
        answers = _answers(model, given, columns)
    expected = dict(zip((one.name for one in outputs), answers, strict=True))
    to_onnx.write(written, out, given, expected, name)
    return onnx.inspect(out)


def _chained(models: Sequence[Any]) -> Any:
    if len(models) == 1:
        return models[0]
    pipelines: Any = importlib.import_module("sklearn.pipeline")
    return pipelines.make_pipeline(*models)


def _check_version(version: str, name: str) -> None:
    """Raise where scikit-learn is not here, or is not the one that an estimator was saved with."""
    try:
        module: Any = importlib.import_module("sklearn")
        importlib.import_module("skl2onnx")
    except ImportError as error:
        raise FrameworkMissingError(
            f"scikit-learn cannot be converted: {error}", hint="pip install 'maxctl[sklearn]'"
        ) from error
    here = str(module.__version__)
    if version.split(".")[:2] != here.split(".")[:2]:
        raise ModelFormatError(
            f"{name} was saved by scikit-learn {version or 'of an unknown version'}; {here} is here, which may read "
            "other numbers from it",
            hint=f"pip install scikit-learn=={version}" if version else _ALONE,
        )


def _real(module: str, name: str) -> Any:
    """Return what a pickle names, where that is a class of scikit-learn's or harmless; raises `UnsafeModelError`."""
    if is_allowed(module, name):
        with contextlib.suppress(ImportError, AttributeError):
            found: Any = importlib.import_module(_MODERN.get(module, module))
            for part in name.split("."):
                found = getattr(found, part)
            own = isinstance(found, type) and found.__module__.startswith("sklearn.")
            if not module.startswith("sklearn.") or own or _MADE_BY.fullmatch(name):
                return found
    raise UnsafeModelError(f"loading it would import {module}.{name}", hint=_ALONE)


def _options(model: Any) -> dict[int, dict[str, Any]]:
    """Return what the steps are converted with.

    Probabilities stay a matrix, scores are those of decision_function, and the rules for small letters are ones that
    every machine has.
    """
    options: dict[int, dict[str, Any]] = {}
    waiting = [model]
    while waiting:
        one = waiting.pop()
        if hasattr(one, "best_estimator_"):
            waiting.append(one.best_estimator_)
        elif type(one).__name__ == "Pipeline":
            waiting += [step for _, step in one.steps]
        elif hasattr(one, "classes_"):
            plain = {} if type(one).__name__ in _WITHOUT_ZIPMAP else {"zipmap": False}
            options[id(one)] = plain if hasattr(one, "predict_proba") else {**plain, "raw_scores": True}
        elif type(one).__name__ in ("CountVectorizer", "TfidfVectorizer"):
            words = {"tokenexp": _SAME_WORD} if one.token_pattern == _WORD and one.analyzer == "word" else {}
            options[id(one)] = {"locale": "C.UTF-8", **words}
    return options


def _rows(inputs: Sequence[TensorDescription], columns: Sequence[_Column]) -> dict[str, Any]:
    """Return rows to try: small numbers and large ones, and of texts those that an encoder knows."""
    import numpy as np

    source = np.random.default_rng(to_onnx.SEED)
    scales = source.choice([1.0, 10.0], (ROWS, 1))

    def array(tensor: TensorDescription, column: _Column | None) -> Any:
        width = (tensor.shape or (None, 1))[1] or 1
        if column and column.name == _TEXT and len(columns) == 1:
            return np.array([[_written(source, column.values)] for _ in range(ROWS)], dtype=object)
        if column and column.values:
            values = source.choice(np.array(column.values, dtype=object), (ROWS, width))
            return values if tensor.dtype == "string" else values.astype(np.float32)
        return (source.standard_normal((ROWS, width)) * scales).astype(np.float32)

    paired: Sequence[_Column | None] = columns or [None] * len(inputs)
    return {tensor.name: array(tensor, column) for tensor, column in zip(inputs, paired, strict=True)}


def _written(source: Any, known: Sequence[str]) -> str:
    """Return a text of words that a model knows, and of others, in small and large letters."""
    words: list[str] = []
    for _ in range(source.integers(1, 12)):
        word = str(source.choice(known if source.random() < 0.7 else _WORDS))
        words.append(str(source.choice([word, word, word.upper(), word.capitalize()])))
    return str(source.choice([" ", ", ", "\n", " - ", "! "])).join(words)


def _answers(model: Any, given: Mapping[str, Any], columns: Sequence[_Column]) -> list[Any]:
    """Return what an estimator answers, in the order in which its ONNX model does."""
    import numpy as np

    rows: Any = next(iter(given.values()))
    if rows.dtype.kind == "f":
        rows = rows.astype(np.float64)  # as estimators are used to
    if columns and columns[0].name == _TEXT and len(columns) == 1:
        rows = rows[:, 0]
    elif columns:
        frames: Any = importlib.import_module("pandas")
        rows = frames.DataFrame(
            {column.name: array[:, 0] for column, array in zip(columns, given.values(), strict=True)}
        ).reindex(columns=list(model.feature_names_in_))
    if hasattr(model, "classes_"):
        labels = model.predict(rows)
        if hasattr(model, "predict_proba"):
            return [labels, model.predict_proba(rows)]
        scores = model.decision_function(rows)
        return [labels, scores if scores.ndim == 2 else np.stack([-scores, scores], axis=1)]
    if hasattr(model, "predict"):
        answer = np.asarray(model.predict(rows))
        scored = getattr(model, "transform", None) or getattr(model, "decision_function", None)
        if answer.dtype.kind in "iu" and scored is not None:
            scores = np.asarray(scored(rows))
            cluster = scores.ndim == 2
            return [answer if cluster else answer.reshape(-1, 1), scores.reshape(len(scores), -1)]
        return [answer.reshape(len(answer), -1)]
    return [np.asarray(model.transform(rows))]
