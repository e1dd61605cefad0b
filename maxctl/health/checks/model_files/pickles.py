"""Pickles: small programs that their loader runs. What they would import decides; they are never loaded.

Three readers look at each: Python's own disassembler for where it ends, picklescan for what it imports, fickling
for what it does with that. A pickle that one of them cannot read to its end is not scanned.
"""

from __future__ import annotations

import io
import pickletools
import sys
from typing import BinaryIO

from maxctl.adapters import fickling, picklescan
from maxctl.health.checks.model_files.inspection import Danger, Inspection, not_scanned, rebuilds
from maxctl.runtimes import inert_pickle, sklearn

TORCH_MAGIC = 0x1950A86A20F9469CFC6C
TORCH_PICKLES = 5  # magic number, protocol, system, object, keys of the storages that follow as raw bytes

# Beyond picklescan's own list: rebuild numbers, containers and arrays, and call nothing that they are given.
HARMLESS = {
    "builtins": {
        "set",
        "frozenset",
        "bytearray",
        "complex",
        "slice",
        "range",
        "object",
        "list",
        "dict",
        "tuple",
        "int",
        "float",
        "str",
        "bytes",
        "bool",
    },
    "collections": {"OrderedDict", "defaultdict", "deque", "Counter"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
    "pathlib": {"Path", "PosixPath", "PurePath", "PurePosixPath"},
    "copyreg": {"_reconstructor"},
    "_codecs": {"encode"},
    "numpy": {"dtype", "ndarray"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.numeric": {"_frombuffer"},
    "numpy._core.numeric": {"_frombuffer"},
    "numpy.random._pickle": {"__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"},
    "numpy.random._mt19937": {"MT19937"},
    "numpy.random._pcg64": {"PCG64"},
    "torch": {
        "Size",
        "device",
        "float16",
        "float32",
        "float64",
        "bfloat16",
        "int8",
        "int32",
        "int64",
        "uint8",
        "bool",
    },
    "torch._utils": {"_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter", "_rebuild_qtensor"},
    "torch.serialization": {"_get_layout"},
    "torch.jit._pickle": {  # TorchScript's typed lists
        "build_intlist",
        "build_doublelist",
        "build_boollist",
        "build_tensorlist",
        "build_tensor_from_id",
        "restore_type_tag",
    },
    "scipy.sparse._csr": {"csr_matrix"},
    "scipy.sparse.csr": {"csr_matrix"},
}
_DISASSEMBLER_ERRORS = (ValueError, IndexError, OverflowError, KeyError)
JOBLIB = b"NumpyArrayWrapper"
"""What stands before the bytes of an array, which joblib writes between the opcodes."""
_JOBLIB_HEAD = 64 * 1024
PYTHON_2 = {"__builtin__": "builtins", "copy_reg": "copyreg"}


def inspect(stream: BinaryIO, size: int) -> Inspection:
    """Return what the pickles of a file, one after the other, would import."""
    merged = _Merged()
    torch = False
    try:
        if JOBLIB in stream.read(_JOBLIB_HEAD):
            stream.seek(0)
            for part in inert_pickle.parts(stream.read(), "the file"):
                merged.add(part)
            return merged.inspection("joblib pickle")
        stream.seek(0)
        for number in range(size):
            at = stream.tell()
            end, first = _end(stream)
            stream.seek(at)
            merged.add(stream.read(end - at))
            torch = first == TORCH_MAGIC if number == 0 else torch
            if end >= size or (torch and number == TORCH_PICKLES - 1):
                break
        return merged.inspection("PyTorch pickle" if torch else "pickle")
    except ModuleNotFoundError as error:
        return merged.inspection("pickle", f"{error.name} is not installed")
    except ValueError as error:
        return merged.inspection("pickle", str(error).splitlines()[0] if str(error) else type(error).__name__)


def of_bytes(data: bytes) -> Inspection:
    """Return what the pickles in the bytes would import."""
    return inspect(io.BytesIO(data), len(data))


def reads_as_pickle(stream: BinaryIO, size: int) -> bool:
    """Tell whether a file without the mark of a pickle is one: read to the end, or calling something before.

    The stream's place is kept. Text such as `0.5` reads as a pickle of two bytes, and is none.
    """
    at = stream.tell()
    calls = False
    try:
        for opcode, _, _ in pickletools.genops(stream):
            calls = calls or opcode.name in ("GLOBAL", "INST", "STACK_GLOBAL", "EXT1", "EXT2", "EXT4")
        return calls or (stream.tell() == size and size > at + 2)
    except _DISASSEMBLER_ERRORS:
        return False
    finally:
        stream.seek(at)


def _end(stream: BinaryIO) -> tuple[int, object]:
    """Return where the pickle at the stream's place ends, and its first argument; `ValueError` if it does not."""
    first: object = None
    at = stream.tell()
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            if first is None and opcode.name not in ("PROTO", "FRAME"):
                first = argument if argument is not None else opcode.name
    except _DISASSEMBLER_ERRORS as error:
        raise ValueError(f"no whole pickle at byte {at}: {error}") from error
    return stream.tell(), first


class _Merged:
    """What several pickles of one file add up to."""

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self.dangers: list[Danger] = []
        self.remark = ""

    def add(self, pickle: bytes) -> None:
        """Look into one pickle; raises `ValueError` when a scanner cannot read it."""
        found, whole = picklescan.imports(pickle)
        self.imports.update(f"{item.module}.{item.name}" for item in found)
        judged = {f"{item.module}.{item.name}": _judge(item) for item in found}
        for name, verdict in sorted(judged.items()):
            if verdict == "unsafe":
                self.dangers.append(Danger("CHK401", "error", f"loading it calls or imports {name}"))
            elif verdict == "unlisted":
                self.dangers.append(
                    Danger("CHK403", "warning", f"loading it imports {name}, and may call it")
                )
        if not whole:
            raise ValueError("picklescan cannot read it to its end")
        known = all(verdict == "harmless" for verdict in judged.values())
        try:
            alarms = fickling.alarms(pickle)
        except fickling.UnsupportedError as error:  # what is imported was judged by name already, and decides
            self.remark = f"; fickling: {error}"
            alarms = []
        for analysis, message in alarms:
            # its alarms about imports that are known as harmless say nothing new
            if not (known and analysis in fickling.IMPORT_ANALYSES):
                self.dangers.append(Danger("CHK401", "error", f"fickling: {message}"))

    def inspection(self, format_: str, failure: str | None = None) -> Inspection:
        """Return the sum; with `failure` the file counts as not scanned, but dangers seen so far stay."""
        dangers = tuple(dict.fromkeys(self.dangers))
        imports = tuple(sorted(self.imports))
        if failure:
            return not_scanned(format_, failure, dangers, imports)
        if not dangers and imports:
            dangers = (rebuilds(imports),)
        reason = f"{len(imports)} imports" if imports else "it imports nothing"
        return Inspection(format_, "scanned", reason + self.remark, imports, dangers)


def _judge(item: picklescan.Import) -> str:
    module = PYTHON_2.get(item.module, item.module)
    top = module.partition(".")[0]
    if item.safety == "dangerous":
        return "unsafe"
    known = item.name in HARMLESS.get(module, ()) or sklearn.is_allowed(module, item.name)
    if item.safety == "innocuous" or known or top == "__torch__":
        return "harmless"
    # No weights need more of the standard library than the list above: what is left there opens files or runs code.
    return "unsafe" if top in sys.stdlib_module_names or module in PYTHON_2.values() else "unlisted"
