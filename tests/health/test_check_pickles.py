"""Pickles, and what holds them: found without being loaded, and never silently fine."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import struct
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.adapters import fickling, picklescan
from maxctl.core.facts.check import CheckFacts, ModelFile
from maxctl.core.findings import Severity
from maxctl.core.stage import Outcome, Verdict
from maxctl.health.checks.model_files import inspect_file, pickles, worker, zips
from maxctl.health.checks.model_files.recognise import worth
from tests.health.check_tree import Executes, checked, told

WEIGHTS = {"layer.weight": [0.1, 0.2], "layer.bias": [1.5]}


class Calls:
    def __init__(self, function: object, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def file_of(outcome: Outcome) -> ModelFile:
    assert isinstance(outcome.facts, CheckFacts)
    (file,) = outcome.facts.model_files
    return file


def evil(tmp_path: Path, protocol: int = 4) -> bytes:
    return pickle.dumps({"weights": [1.0], "x": Executes(tmp_path / "mark")}, protocol)


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_calls_the_shell_is_an_error_and_is_not_loaded(tmp_path: Path, protocol: int) -> None:
    outcome = checked(tmp_path, {"w.pkl": evil(tmp_path, protocol)})
    assert outcome.verdict is Verdict.FAILED
    assert "posix.system" in told(outcome, "CHK401")[0].message
    assert file_of(outcome).imports == ("posix.system",)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_of_numbers_passes(tmp_path: Path, protocol: int) -> None:
    outcome = checked(tmp_path, {"w.pkl": pickle.dumps(WEIGHTS, protocol)})
    assert (outcome.verdict, outcome.findings) == (Verdict.PASSED, ())
    assert (file_of(outcome).state, file_of(outcome).imports) == ("scanned", ())


def as_array(tmp_path: Path) -> bytes:
    import numpy as np

    stream = io.BytesIO()
    np.save(stream, np.array([Executes(tmp_path / "mark")], dtype=object))
    return stream.getvalue()


def wrapped(tmp_path: Path) -> dict[str, bytes]:
    import numpy as np

    data = evil(tmp_path)
    arrays = io.BytesIO()
    np.savez(arrays, a=np.array([1.0]), b=np.array([Executes(tmp_path / "mark")], dtype=object))
    return {
        "model.pt": zipped(
            {"archive/data.pkl": data, "archive/data/0": b"\0" * 8, "archive/version": b"3\n"}
        ),
        "legacy.pth": b"".join(pickle.dumps(x, 2) for x in (pickles.TORCH_MAGIC, 1001, {}))
        + data
        + b"\x80\x02].",
        "posing.npz": zipped({"x/data.pkl": b"\x80\x04N.", "a/data/0": as_array(tmp_path)}),
        "arrays.npz": arrays.getvalue(),
        "forest.joblib": data,
        "small.joblib": zlib.compress(data),
        "w.pkl.gz": gzip.compress(data),
        "w.pkl.bz2": bz2.compress(data),
        "w.pkl.xz": lzma.compress(data),
        "nested.zip": zipped({"inner.zip": zipped({"w": data})}),
        "unnamed": data,
        "old.dat": evil(tmp_path, 0),
    }


@pytest.mark.parametrize(
    "name",
    [
        "model.pt",
        "legacy.pth",
        "arrays.npz",
        "forest.joblib",
        "small.joblib",
        "w.pkl.gz",
        "w.pkl.bz2",
        "w.pkl.xz",
        "nested.zip",
        "unnamed",
        "old.dat",
        "posing.npz",
    ],
)
def test_a_call_of_the_shell_is_found_wherever_a_pickle_can_hide(tmp_path: Path, name: str) -> None:
    outcome = checked(tmp_path, {name: wrapped(tmp_path)[name]}, artifacts=name.startswith("w.pkl"))
    assert outcome.verdict is Verdict.FAILED
    assert told(outcome, "CHK401")
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    ("function", "code"),
    [
        (eval, "CHK401"),
        (__import__, "CHK401"),
        (getattr, "CHK401"),
        (zipfile.ZipFile, "CHK401"),
        (pytest.approx, "CHK403"),
    ],
)
def test_the_rest_of_the_standard_library_is_unsafe_and_other_packages_are_a_warning(
    tmp_path: Path, function: object, code: str
) -> None:
    outcome = checked(tmp_path, {"w.pkl": pickle.dumps(Calls(function, "1"))})
    (finding, *_) = [f for f in told(outcome, code) if f.message.startswith("loading it")]
    assert finding.severity is (Severity.ERROR if code == "CHK401" else Severity.WARNING)


def test_a_pickle_that_rebuilds_arrays_is_a_note_that_names_what_it_imports(tmp_path: Path) -> None:
    import numpy as np

    state = OrderedDict(a=np.arange(3.0), rng=np.random.RandomState(0))
    outcome = checked(tmp_path, {"w.pkl": pickle.dumps(state)})
    assert outcome.verdict is Verdict.PASSED
    assert [finding.code for finding in outcome.findings] == ["CHK407"]
    assert "numpy.ndarray" in outcome.findings[0].message


@pytest.mark.parametrize("name", ["w.pkl", "w.pt", "w.joblib", "w.npz", "w.h5", "w.keras", "w.npy", "w.onnx"])
@pytest.mark.parametrize(
    "content", [b"", b"\x80\x04\x95", b"PK\x03\x04 cut", b"\x93NUMPY\x01\x00", b"\x89HDF\r\n\x1a\n cut"]
)
def test_a_file_that_nobody_can_read_is_an_error_never_fine(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with (tmp_path / name).open("rb") as stream:
        found = inspect_file.inspect(stream, name, len(content))
    assert found.state == "not scanned"


def test_a_truncated_pickle_fails_the_stage(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"w.pkl": pickle.dumps(WEIGHTS)[:-4]})
    assert outcome.verdict is Verdict.FAILED
    assert "no whole pickle at byte 0" in told(outcome, "CHK402")[0].message


def test_what_was_seen_before_a_pickle_breaks_off_is_told_too(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"w.pkl": evil(tmp_path) + b"\x80\x04 rubbish"})
    assert told(outcome, "CHK401")
    assert told(outcome, "CHK402")


@pytest.mark.parametrize("tool", [picklescan, fickling])
def test_a_missing_scanner_means_not_scanned(monkeypatch: pytest.MonkeyPatch, tool: object) -> None:
    def missing(_: bytes) -> None:
        raise ModuleNotFoundError("No module named 'scanner'", name="scanner")

    monkeypatch.setattr(tool, "imports" if tool is picklescan else "alarms", missing)
    found = pickles.of_bytes(pickle.dumps(WEIGHTS))
    assert (found.state, found.reason) == ("not scanned", "scanner is not installed")


def test_a_zip_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MAX_MEMBER_BYTES", 100_000)
    data = zipped({"archive/data.pkl": b"\0" * 5_000_000})
    found = inspect_file.inspect(io.BytesIO(data), "w.pt", len(data))
    assert (found.state, found.reason) == ("not scanned", "archive/data.pkl unpacks to more than 0 MiB")


def test_a_compressed_bomb_and_archives_in_archives_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_file, "MAX_UNPACKED", 100_000)
    data = gzip.compress(b"\0" * 5_000_000)
    assert inspect_file.inspect(io.BytesIO(data), "w.pkl.gz", len(data)).state == "not scanned"
    data = b"\x80\x04N."
    for _ in range(6):
        data = zipped({"a.zip": data})
    assert "nested" in inspect_file.inspect(io.BytesIO(data), "a.zip", len(data)).reason


def test_encrypted_members_are_not_scanned() -> None:
    data = bytearray(zipped({"archive/data.pkl": pickle.dumps(1)}))
    data[data.find(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in inspect_file.inspect(io.BytesIO(bytes(data)), "w.pt", len(data)).reason


def test_a_file_over_its_time_is_not_scanned_and_the_next_one_is(tmp_path: Path) -> None:
    (tmp_path / "slow.pkl").write_bytes(pickle.dumps(list(range(600_000))))
    (tmp_path / "quick.pkl").write_bytes(pickle.dumps(WEIGHTS))
    files = [(name, tmp_path / name) for name in ("slow.pkl", "quick.pkl")]
    slow, quick = worker.inspect(files, 1.0, 2 * 1024**3, lambda _: None)
    assert (slow.state, slow.reason) == ("not scanned", "it takes longer than 1 s")
    assert quick.state == "scanned"


def test_a_file_over_its_memory_is_not_scanned(tmp_path: Path) -> None:
    with (tmp_path / "large.onnx").open("wb") as file:
        file.truncate(600 * 1024**2)
    (found,) = worker.inspect([("large.onnx", tmp_path / "large.onnx")], 20.0, 400 * 1024**2, lambda _: None)
    assert (found.state, found.reason) == ("not scanned", "it needs more memory than allowed")


def test_text_is_not_taken_for_a_pickle(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"scores.dat": "0.5 0.3\n", "labels.txt": "cat\ndog\n"}, artifacts=True)
    assert outcome.verdict is Verdict.PASSED


def test_an_unknown_binary_is_an_error_among_artifacts_and_a_warning_in_source(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"w.bin": b"\x01\x02\0\xff"}
    assert told(checked(tmp_path, files, artifacts=True), "CHK402")[0].severity is Severity.ERROR
    assert told(checked(tmp_path, files), "CHK402")[0].severity is Severity.WARNING


NAMES = [
    "a.pkl",
    "a.pt",
    "a.npy",
    "a.pb",
    "a.onnx",
    "a.json",
    "model.json",
    "a.safetensors",
    "a.bin",
    "a.meta",
    "keras_metadata.pb",
    "saved_model.pb",
    "a.npz",
    "a.joblib",
    "a.index",
]
HEADS = [b"", b"\x80\x04", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"\x1f\x8b", b"{", b"\x0a\x04", b"c"]


@given(name=st.sampled_from(NAMES), head=st.sampled_from(HEADS), rest=st.binary(max_size=200))
def test_no_content_makes_the_inspection_raise(name: str, head: bytes, rest: bytes) -> None:
    data = head + rest
    worth(name, data[:4096])
    inspect_file.inspect(io.BytesIO(data), name, len(data))


def test_an_instruction_that_fickling_does_not_know_is_said_and_imports_still_decide(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"w.pkl": pickle.dumps([1.5], 0)})
    assert (outcome.verdict, outcome.findings) == (Verdict.PASSED, ())
    assert "fickling" in file_of(outcome).reason


def test_a_pickle_that_fickling_cannot_read_is_not_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: bytes) -> None:
        raise ValueError("InterpretationError: stack is empty")

    monkeypatch.setattr(fickling, "alarms", broken)
    assert pickles.of_bytes(pickle.dumps(WEIGHTS)).state == "not scanned"


def test_numbers_of_a_tensor_that_begin_like_a_pickle_do_no_harm() -> None:
    data = zipped(
        {"a/data.pkl": pickle.dumps(WEIGHTS), "a/data/0": b"\x80\x04\xff\xfe" * 8, "a/version": b"3"}
    )
    assert inspect_file.inspect(io.BytesIO(data), "w.pt", len(data)).state == "scanned"


def test_the_typed_lists_of_torchscript_are_data_whatever_fickling_makes_of_their_module(
    tmp_path: Path,
) -> None:
    data = b"\x80\x02ctorch.jit._pickle\nbuild_intlist\n](K\x01e\x85R."
    outcome = checked(
        tmp_path, {"m.jit": zipped({"m/data.pkl": data, "m/code/a.py": b"", "m/version": b"3"})}
    )
    assert [finding.code for finding in outcome.findings] == ["CHK407"]


def by_joblib(call: bytes = b"") -> bytes:
    """Return what joblib writes for {"w": an array}: its bytes stand between the opcodes."""
    state = {"shape": (3,), "order": "C", "allow_mmap": True, "numpy_array_alignment_bytes": 16}
    wrapper = b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81" + pickle.dumps(state, 2)[2:-1]
    dtype = b"U\x05dtypecnumpy\ndtype\n(U\x02f4K\x00K\x01tR(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    array = b"\x04\xff\xff\xff\xff" + struct.pack("<3f", 1, 2, 3)
    return b"\x80\x02}(U\x01w" + wrapper + dtype + b"sb" + array + call + b"u."


def test_arrays_that_joblib_writes_between_the_opcodes_are_passed_over(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"w.joblib": by_joblib()})
    assert outcome.verdict is Verdict.PASSED
    assert file_of(outcome).state == "scanned"
    assert "numpy.dtype" in told(outcome, "CHK407")[0].message


def test_a_call_behind_an_array_of_joblib_is_found(tmp_path: Path) -> None:
    for packed in (bytes, zlib.compress):
        call = b"U\x01xcposix\nsystem\n(U\x05touchtR"
        outcome = checked(tmp_path, {"w.joblib": packed(by_joblib(call))})
        assert outcome.verdict is Verdict.FAILED
        assert any("posix.system" in finding.message for finding in told(outcome, "CHK401"))


@pytest.mark.parametrize("cut", [30, 120, -3])
def test_a_joblib_file_that_ends_early_or_goes_on_is_not_scanned(tmp_path: Path, cut: int) -> None:
    for data in (by_joblib()[:cut], by_joblib() + b"more"):
        outcome = checked(tmp_path, {"w.joblib": data})
        assert outcome.verdict is Verdict.FAILED
        assert told(outcome, "CHK402")


@pytest.mark.parametrize(
    ("module", "name", "code"),
    [
        ("sklearn.linear_model._logistic", "LogisticRegression", "CHK407"),
        ("sklearn.tree._tree", "Tree", "CHK407"),
        ("sklearn.datasets._base", "load_files", "CHK403"),
        ("sklearn.utils._testing", "TempMemmap", "CHK403"),
        ("sklearn.pipeline", "make_pipeline", "CHK403"),
        ("xgboost.sklearn", "XGBClassifier", "CHK403"),
    ],
)
def test_estimators_of_scikit_learn_hold_numbers_and_its_functions_do_more(
    tmp_path: Path, module: str, name: str, code: str
) -> None:
    data = b"\x80\x02c" + f"{module}\n{name}\n".encode() + b")\x81}U\x01aK\x01sb."
    assert told(checked(tmp_path, {"w.pkl": data}), code)


@pytest.mark.parametrize(
    ("imported", "mend"),
    [
        (("sklearn.tree._tree", "Tree"), "preparation.format: scikit-learn"),
        (("torch._utils", "_rebuild_tensor_v2"), "weights_only=True"),
        (("numpy", "dtype"), "npz without objects"),
    ],
)
def test_a_harmless_pickle_is_mended_as_its_package_allows(
    tmp_path: Path, imported: tuple[str, str], mend: str
) -> None:
    data = b"\x80\x02c" + "{}\n{}\n".format(*imported).encode() + b"."
    (finding,) = told(checked(tmp_path, {"w.pkl": data}), "CHK407")
    assert mend in finding.remedy
