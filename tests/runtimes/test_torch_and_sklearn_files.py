"""Files of PyTorch and scikit-learn are read without either, and nothing in them runs."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.runtimes import format_named, inert_pickle, recognise, sklearn, torch_export, torchscript
from maxctl.runtimes.interface import (
    CorruptModelError,
    ModelDescription,
    ModelFormatError,
    UnsafeModelError,
    UnsupportedOperatorError,
)

MODELS = Path(__file__).parent / "recorded" / "frameworks"


def ends(model: ModelDescription) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    return tuple([(t.name, t.dtype, t.shape) for t in side] for side in (model.inputs, model.outputs))  # type: ignore[return-value]


def changed(path: Path, to: Path, change: Callable[[str, bytes], bytes | None], **more: bytes) -> Path:
    """Write an archive anew, with members that are changed, left out (None) or added."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
        for name, data in more.items():
            new.writestr(name, data)
    return to


def program(to: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Write a program of torch.export whose JSON is changed."""

    def rewritten(name: str, data: bytes) -> bytes:
        if not name.endswith("models/model.json"):
            return data
        document = json.loads(data)
        change(document)
        return json.dumps(document).encode()

    return changed(MODELS / "picture.pt2", to, rewritten)


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("picture.pt2", "torch-export"), ("named.pt2", "torch-export"), ("script.pt", "torchscript"),
        ("trace.pt", "torchscript"), ("weights.pth", "torchscript"), ("legacy.pth", "torchscript"),
        ("iris.joblib", "scikit-learn"), ("trees.joblib", "scikit-learn"), ("iris.2.pkl", "scikit-learn"),
        ("iris.4.pkl", "scikit-learn"), ("iris.npz", None),
    ],
)  # fmt: skip
def test_a_file_is_recognised_by_what_it_holds_whatever_it_is_called(
    name: str, format_: str | None, tmp_path: Path
):
    other = tmp_path / "model.bin"
    shutil.copyfile(MODELS / name, other)
    assert recognise(MODELS / name) == recognise(other) == format_


def test_reading_imports_neither_torch_nor_scikit_learn():
    code = (
        "import sys; from pathlib import Path; from maxctl.runtimes import format_named, known\n"
        f"for path in map(Path, {[str(MODELS / name) for name in ('picture.pt2', 'script.pt', 'trees.joblib')]!r}):\n"
        "    format_named(known(path)).inspect(path)\n"
        "print([name for name in ('torch', 'sklearn', 'joblib', 'skl2onnx', 'onnx') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_a_program_tells_types_shapes_operators_labels_and_license():
    model = torch_export.inspect(MODELS / "picture.pt2")
    assert ends(model) == (
        [("image", "float32", (None, 3, 16, 16))],
        [("output", "float32", (None, 3))],
    )
    assert model.operators["aten.conv2d.default"] == 1
    assert model.parameters == 4 * 3 * 9 + 4 + 4 * 4 + 4 * 3 + 3 + 3 + 3
    assert model.metadata["labels.txt"] == "a\nb\nc"
    assert model.licenses == ("MIT License",)
    assert model.unsafe_operators == ()


def test_what_a_program_gives_is_called_as_its_code_calls_it():
    assert ends(torch_export.inspect(MODELS / "named.pt2")) == (
        [("tokens", "int64", (2, 3)), ("mask", "float32", (2, 3))],
        [("scores", "float32", (2,)), ("kept.0", "float32", (2, 3)), ("kept.1", "float32", (2, 3))],
    )


def test_a_script_tells_what_forward_takes_and_that_its_code_says_no_shapes():
    for name in ("script.pt", "trace.pt"):
        model = torchscript.inspect(MODELS / name)
        assert ends(model) == ([("image", None, None)], [("output", None, None)])
        assert model.parameters == 4 * 3 * 9 + 4 + 4 * 4 + 4 * 3 + 3 + 3 + 3
        assert model.operators["softmax"] == 1
        assert model.unsafe_operators == ()


def test_a_script_tells_what_else_it_takes_and_is_then_not_converted(tmp_path: Path):
    model = torchscript.inspect(MODELS / "stepped.pt")
    assert ends(model) == ([("sound", None, None)], [("output_0", None, None), ("output_1", None, None)])
    assert model.metadata["other_arguments"] == "rate: int"
    with pytest.raises(UnsupportedOperatorError, match="no tensor: rate: int"):
        torchscript.convert(MODELS / "stepped.pt", {}, tmp_path / "out.onnx")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("weights.pth", "weights.pth holds weights without a model"),
        ("whole.pth", r"holds a pickled tests.*Picture|holds a pickled __main__.Picture"),
        ("legacy.pth", "is a pickle of torch.save"),
    ],
)
def test_weights_and_pickled_modules_are_told_apart_and_refused_with_what_to_do(name: str, message: str):
    with pytest.raises(ModelFormatError, match=message) as refused:
        torchscript.inspect(MODELS / name)
    assert "torch.export.save" in str(refused.value.hint)


def _call(target: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document["graph_module"]["graph"]["nodes"][0]["target"] = target

    return change


def _size(expression: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        size = document["graph_module"]["graph"]["tensor_values"]["image"]["sizes"][0]
        size["as_expr"]["expr_str"] = expression

    return change


def _tree(kind: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        signature = document["graph_module"]["module_call_graph"][0]["signature"]
        signature["in_spec"] = signature["in_spec"].replace("builtins.tuple", kind, 1)

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_call("torch.load"), "torch.load"),
        (_call("torch.hub.load"), "torch.hub.load"),
        (_call("torch.os.system"), "torch.os.system"),
        (_call("torch.ops.aten.from_file.default"), "aten.from_file.default"),
        (_call("torch.ops.load_library"), "load_library"),
        (_call("torch.ops.mine.read.default"), "mine.read.default"),
        (_call("torch.ops.higher_order.aoti_call_delegate"), "higher_order.aoti_call_delegate"),
        (_call("torch.ops.higher_order.call_torchbind"), "higher_order.call_torchbind"),
        (_call("_operator.methodcaller"), "_operator.methodcaller"),
        (_call("#mine.call"), "#mine.call"),
        (_size("__import__('os').system('touch pwned')"), "the size"),
        (_size("9**9**9**9"), "the size"),
        (_size("((9**8)**8)**8"), "the size"),
        (_size("Pow(Pow(9, 8), 8)"), "the size"),
        (_size("Symbol('__import__(1)')"), "the size"),
        (_size("(lambda: 1)()"), "the size"),
        (_size("Symbol('s0').__class__"), "the size"),
        (_tree("collections.defaultdict"), "a structure of collections.defaultdict"),
    ],
)
def test_a_program_that_does_more_than_compute_is_told_and_not_loaded(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], told: str
):
    """torch's own loader would look these up and call them, or evaluate them."""
    model = program(tmp_path / "m.pt2", change)
    assert any(told in one for one in torch_export.inspect(model).unsafe_operators)
    with pytest.raises(UnsafeModelError, match="does more than compute"):
        torch_export.convert(model, tmp_path / "out.onnx")


@pytest.mark.parametrize(
    "expression",
    ["s0", "2*s77 + 1", "Symbol('s40', positive=True, integer=True)", "Mod(s0, 8)", "Max(1, s0//2)", "s0**2",
     "Eq(s0, 1)", "u3 - 1", "FloorDiv(Symbol('s1', integer=True), 2)"],
)  # fmt: skip
def test_sizes_that_torch_writes_are_read(tmp_path: Path, expression: str):
    assert torch_export.inspect(program(tmp_path / "m.pt2", _size(expression))).unsafe_operators == ()


@given(st.text(max_size=60))
def test_no_expression_that_reaches_an_attribute_a_string_or_an_item_counts_as_a_size(text: str):
    for hostile in (f"({text}).x", f"[{text}]", f"f'{text}'", f"print({text})", f"'{text}'", f"s0[{text}]"):
        assert not torch_export._is_size(hostile)


def test_pickles_and_compiled_code_in_a_program_are_refused(tmp_path: Path):
    def pickled(name: str, data: bytes) -> bytes:
        return data.replace(b'"use_pickle": false', b'"use_pickle": true', 1) if "config" in name else data

    with pytest.raises(UnsafeModelError, match="as a pickle or an object"):
        torch_export.inspect(changed(MODELS / "picture.pt2", tmp_path / "a.pt2", pickled))
    library = {"picture/data/aotinductor/model/x.so": b"\x7fELF"}
    with pytest.raises(UnsafeModelError, match=r"compiled code, data/aotinductor/model/x\.so"):
        torch_export.inspect(
            changed(MODELS / "picture.pt2", tmp_path / "b.pt2", lambda _, data: data, **library)
        )


def test_too_few_bytes_of_weights_are_noticed(tmp_path: Path):
    def short(name: str, data: bytes) -> bytes:
        return data[:-4] if name.endswith(("weight_0", "data/0")) else data

    for name, inspect in (("picture.pt2", torch_export.inspect), ("script.pt", torchscript.inspect)):
        with pytest.raises(CorruptModelError, match=r"holds (428|8) bytes"):
            inspect(changed(MODELS / name, tmp_path / name, short))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("torch.from_file('/etc/passwd')", "from_file"),
        ("torch.save(image, '/tmp/x')", "save"),
        ("ops.aten.from_file('/etc/passwd')", "from_file"),
        ("ops.image.read_file('/etc/passwd')", "image.read_file"),
        ("ops.mine.call(image)", "mine.call"),
        ("fork(image)", "fork"),
        ("image.save('/tmp/x')", "save"),
        ("'/etc/passwd'.from_file()", "from_file"),
        ("__torch__.torch.classes.mine.Reader('x')", "__torch__.torch.classes.mine.Reader"),
    ],
)
def test_a_script_that_reaches_files_or_foreign_libraries_is_told_and_not_loaded(
    tmp_path: Path, call: str, told: str
):
    def change(name: str, data: bytes) -> bytes:
        return (
            data.replace(b"torch.softmax(", f"torch.softmax({call} + ".encode())
            if name.endswith(".py")
            else data
        )

    model = changed(MODELS / "trace.pt", tmp_path / "m.pt", change)
    assert torchscript.inspect(model).unsafe_operators == (told,)
    with pytest.raises(UnsafeModelError, match="reaches out of its graph"):
        torchscript.convert(model, {}, tmp_path / "out.onnx")


@pytest.mark.parametrize("name", ["iris.joblib", "iris.2.pkl", "iris.4.pkl"])
def test_an_estimator_tells_its_steps_columns_classes_and_version(name: str):
    model = sklearn.inspect(MODELS / name)
    assert ends(model) == (
        [("rows", "float32", (None, 4))],
        [("label", "string", (None,)), ("probabilities", "float32", (None, 3))],
    )
    assert model.metadata == {
        "estimator": "Pipeline",
        "sklearn_version": "1.9.1",
        "steps": "StandardScaler → LogisticRegression",
        "classes_": '["setosa", "versicolor", "virginica"]',
    }
    assert model.parameters == 3 * 4 + 3 + 3 * 4


def test_an_estimator_of_named_columns_takes_each_that_it_uses_with_its_own_type():
    inputs, outputs = ends(sklearn.inspect(MODELS / "columns.joblib"))
    assert inputs == [
        ("age", "float32", (None, 1)), ("city", "string", (None, 1)), ("fare", "float32", (None, 1)),
    ]  # fmt: skip
    assert [name for name, *_ in outputs] == ["label", "probabilities"]


class _Runs:
    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"), ("builtins", "eval"), ("builtins", "getattr"), ("subprocess", "Popen"),
        ("sklearn.datasets._base", "load_files"), ("sklearn.utils._testing", "TempMemmap"), ("numpy", "load"),
        ("numpy", "fromfile"), ("joblib.numpy_pickle", "load"), ("xgboost.sklearn", "XGBClassifier"),
        ("sklearn.pipeline", "make_pipeline"), ("operator", "methodcaller"), ("__main__", "Scaler"),
    ],
)  # fmt: skip
def test_what_a_pickle_would_import_beside_estimators_is_told_and_never_imported(
    tmp_path: Path, module: str, name: str
):
    """A hand-written pickle: an estimator whose attribute is the result of a call."""
    called = f"c{module}\n{name}\n".encode() + b"(S'touch pwned'\ntR"
    path = tmp_path / "m.pkl"
    path.write_bytes(
        b"\x80\x02csklearn.linear_model._base\nLinearRegression\n)\x81}(S'coef_'\n" + called + b"ub."
    )
    model = sklearn.inspect(path)
    assert model.unsafe_operators == (f"{module}.{name}",)
    with pytest.raises(UnsafeModelError, match="would import"):
        sklearn.convert([path], tmp_path / "out.onnx")
    assert not Path("pwned").exists()


def test_a_call_in_a_pickle_stays_a_stand_in(tmp_path: Path):
    marker = tmp_path / "pwned"
    path = tmp_path / "m.pkl"
    path.write_bytes(pickle.dumps({"x": _Runs(os.system, f"touch {marker}")}))
    held = inert_pickle.load(path)
    assert held["x"].called.endswith("system")
    assert not marker.exists()


@pytest.mark.parametrize(
    "name", ["iris.joblib", "iris.4.pkl", "trees.joblib", "picture.pt2", "script.pt", "whole.pth"]
)
@given(data=st.data())
def test_a_damaged_file_is_an_error_of_ours_or_still_reads(name: str, data: st.DataObject):
    whole = (MODELS / name).read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    kind = data.draw(st.sampled_from(["cut", "flip", "zeros"]))
    damaged = {
        "cut": whole[:at],
        "flip": whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :],
        "zeros": whole[:at] + bytes(min(64, len(whole) - at)) + whole[at + 64 :],
    }[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(damaged)
        format_ = recognise(path)
        if format_ is not None:
            with contextlib.suppress(ModelFormatError):
                format_named(format_).inspect(path)


def test_a_pickle_that_unpacks_to_more_than_a_model_holds_is_refused(tmp_path: Path):
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb") as packed:
        packed.write(b"\x80\x04csklearn.x\nX\n" + b"0" * 50_000_000)
    path = tmp_path / "m.joblib"
    path.write_bytes(bomb.getvalue())
    with pytest.raises(ModelFormatError):
        sklearn.inspect(path)
