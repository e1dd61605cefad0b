"""Whatever a model and the files beside it say, a draft is made of it that is YAML, with steps that exist."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.core.spec import CUT
from maxctl.runtimes import FORMATS
from maxctl.runtimes.draft.spec_text import project_files
from maxctl.serving import tasks
from tests.runtimes.drafts import description, drafted, facts
from tests.runtimes.test_draft_validates import model_of

WORDS = st.sampled_from(
    [
        "image",
        "input_ids",
        "attention_mask",
        "logits",
        "boxes",
        "scores",
        "classes",
        "num_detections",
        "pred_boxes",
        "state",
        "stateN",
        "h",
        "hn",
        "sr",
        "waveform",
        "detection_boxes",
        "mask",
        "keypoints",
        "heatmap",
        "embedding",
        "label",
        "probabilities",
        "yolo",
        "vad",
    ]
)
NAMES = st.one_of(WORDS, st.text(max_size=12))
SIZES = st.one_of(
    st.none(),
    st.sampled_from([0, 1, 2, 3, 4, 5, 6, 17, 63, 84, 91, 195, 224, 896, 1000, 1917, 8400, 16000, 2**31]),
)
SHAPES = st.one_of(st.none(), st.lists(SIZES, max_size=6))
DTYPES = st.sampled_from(
    [None, "float32", "float16", "uint8", "int8", "int32", "int64", "string", "bool", "bfloat16", "sequence"]
)
TENSORS = st.lists(st.tuples(NAMES, DTYPES, SHAPES), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2**40) | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)
KEYS = {
    "preprocessor_config.json": "size crop_size resample do_resize do_center_crop image_mean image_std rescale_factor"
    " crop_pct size_divisor image_processor_type sampling_rate",
    "config.json": "architectures id2label max_position_embeddings pad_token_id pretrained_cfg model_type problem_type",
    "tokenizer_config.json": "model_max_length padding_side",
    "modules.json": "modules",
}
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        name: st.dictionaries(st.sampled_from(keys.split()), JSON, max_size=5) for name, keys in KEYS.items()
    },
)
OPERATORS = st.dictionaries(
    st.sampled_from(["Softmax", "EXP", "TFLite_Detection_PostProcess", "Enter", "x"]),
    st.integers(1, 3),
    max_size=3,
)
METADATA = st.dictionaries(
    st.sampled_from(
        [
            "task",
            "names",
            "imgsz",
            "description",
            "model_info.mean_values",
            "model_info.model_type",
            "model_info.resize_type",
            "classes_",
            "feature_names_in_",
        ]
    ),
    st.sampled_from(["detect", "[1, 2]", "YOLO", "0 x", "1 2 3", "standard", '["a"]', "{0: 'a'}", "\n# x"]),
    max_size=4,
)


@settings(max_examples=60)
@given(
    format_=st.sampled_from(sorted(FORMATS)), inputs=TENSORS, outputs=TENSORS, operators=OPERATORS, documents=DOCUMENTS,
    metadata=METADATA, words=st.text(max_size=20), file=NAMES,
)  # fmt: skip
def test_any_description_gives_a_draft(
    tmp_path_factory: pytest.TempPathFactory,
    format_: str,
    inputs: Any,
    outputs: Any,
    operators: Any,
    documents: Any,
    metadata: Any,
    words: str,
    file: str,
) -> None:
    parts = {
        "format_": format_,
        "inputs": inputs,
        "outputs": outputs,
        "operators": operators,
        "metadata": metadata,
    }
    draft = drafted(facts(file, {"documents": documents, "words": words}, **parts))
    folder: Path = tmp_path_factory.mktemp("any")
    files = project_files(draft, model_of(format_, folder / "model"), description(**parts), folder)
    spec = yaml.safe_load(files.spec)
    assert spec["preparation"]["format"] == format_ and spec["description"].startswith("FILL IN")
    assert draft.task is None or spec["task"] in tasks.names()
    if draft.task and draft.task.value != "custom":
        known = {str(kind.model_fields["step"].default) for kind in tasks.find(spec["task"]).steps}
        assert {step["step"] for step in spec["inference"].get("postprocess", [])} <= known
    names = {tensor["name"] for tensor in spec["preparation"].get("outputs", [])}
    if format_ in CUT:
        assert set(spec["inference"].get("outputs", {}).values()) <= names
    for text in (files.others[name] for name in files.others if name.endswith(".py")):
        compile(text, "hook.py", "exec")
