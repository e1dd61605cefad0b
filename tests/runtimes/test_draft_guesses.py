"""What names, shapes, operators and files beside a model make of a draft."""

from typing import Any

import numpy as np
import pytest

from maxctl.runtimes.draft.guess import Draft
from tests.runtimes.drafts import drafted, facts, recorded, steps

PICTURE = ("image", "float32", [1, 224, 224, 3])
FIRST = ("pixel_values", "float32", [None, 3, 224, 224])


def labels(*names: str, source: str = "labels.txt") -> dict[str, Any]:
    return {"source": source, "rows": [{"id": number, "name": name} for number, name in enumerate(names)]}


def step_of(draft: Draft, name: str) -> dict[str, Any]:
    return next(
        guess.value for guess in (*draft.preprocess, *draft.answer.steps) if guess.value["step"] == name
    )


def hook_of(draft: Draft) -> Any:
    assert draft.answer.hook
    space: dict[str, Any] = {}
    exec(draft.answer.hook.value, space)
    return space["answer"]


# detection


def detector(*outputs: tuple[str, str, list[int | None]], **parts: Any) -> Draft:
    return drafted(
        facts(inputs=[("image", "uint8", [1, 300, 300, 3])], outputs=list(outputs), format_="litert", **parts)
    )


def test_outputs_of_tflite_s_post_processing_have_their_roles_by_order() -> None:
    name = "TFLite_Detection_PostProcess"
    draft = detector(
        (name, "float32", [1, 10, 4]), (f"{name}:1", "float32", [1, 10]), (f"{name}:2", "float32", [1, 10]),
        (f"{name}:3", "float32", [1]), operators={name: 1},
    )  # fmt: skip
    roles = {role: guess.value for role, guess in draft.answer.roles.items()}
    assert roles == {"boxes": name, "classes": f"{name}:1", "scores": f"{name}:2", "count": f"{name}:3"}
    assert steps(draft) == ["decode_image", "resize", "dtype", "|", "score_threshold", "clip_boxes"]
    assert draft.task and draft.task.confidence == "high"


def test_a_label_list_that_begins_with_question_marks_moves_by_one_for_a_detector_without_background() -> (
    None
):
    found = {"labels": [labels("???", "person", "bicycle")]}
    draft = detector(
        ("TFLite_Detection_PostProcess", "float32", [1, 10, 4]), ("b", "float32", [1, 10]), ("c", "float32", [1, 10]),
        ("d", "float32", [1]), operators={"TFLite_Detection_PostProcess": 1}, evidence=found,
    )  # fmt: skip
    assert draft.labels and draft.labels.value == [{"id": 0, "name": "person"}, {"id": 1, "name": "bicycle"}]
    assert "???" in draft.labels.reason


def test_names_of_the_object_detection_api_tell_roles_and_count_classes_from_one() -> None:
    draft = detector(
        ("num_detections", "float32", [1]), ("detection_boxes", "float32", [1, 100, 4]),
        ("raw_detection_boxes", "float32", [1, 1917, 4]), ("detection_scores", "float32", [1, 100]),
        ("detection_classes", "float32", [1, 100]), evidence={"labels": [labels("cat", "dog")]},
    )  # fmt: skip
    assert {role: guess.value for role, guess in draft.answer.roles.items()} == {
        "count": "num_detections", "boxes": "detection_boxes", "scores": "detection_scores",
        "classes": "detection_classes",
    }  # fmt: skip
    assert draft.labels and [row["id"] for row in draft.labels.value] == [1, 2]


def test_anchors_without_a_decoder_need_those_of_the_model() -> None:
    draft = detector(("boxes", "float32", [1, 1917, 4]), ("scores", "float32", [1, 1917, 91]))
    assert step_of(draft, "decode_boxes")["anchors"]["grids"][0] == [19, 19]
    assert step_of(draft, "drop_classes")["ids"] == [0]
    decoded = detector(
        ("boxes", "float32", [1, 1917, 4]), ("scores", "float32", [1, 1917, 90]), operators={"EXP": 2}
    )
    assert "decode_boxes" not in steps(decoded) and "drop_classes" not in steps(decoded)
    unknown = detector(("boxes", "float32", [1, 500, 4]), ("scores", "float32", [1, 500, 3]))
    assert (
        "add decode_boxes" in unknown.answer.steps[0].reason and unknown.answer.steps[0].confidence == "low"
    )


def yolo(width: int, count: int, turned: bool = False) -> Draft:
    shape = [1, count, width] if turned else [1, width, count]
    inputs = [("images", "float32", [1, 3, 640, 640])]
    return drafted(facts("best.onnx", inputs=inputs, outputs=[("output0", "float32", shape)]))


def test_yolo_s_one_output_is_parted_by_a_hook_that_works() -> None:
    draft = yolo(84, 8400)
    assert draft.task and draft.task.value == "object-detection" and draft.answer.classes == 80
    rows = np.arange(84 * 3, dtype=np.float32).reshape(1, 84, 3)
    made = hook_of(draft)({"output0": rows}, None, {})
    assert made["boxes"].shape == (1, 3, 4) and made["scores"].shape == (1, 3, 80)
    assert made["boxes"][0, 1].tolist() == rows[0, :4, 1].tolist()
    assert step_of(draft, "box_format") == {"step": "box_format", "format": "cxcywh", "unit": "pixels"}


def test_yolo_with_three_boxes_a_cell_has_a_score_for_anything() -> None:
    draft = yolo(85, 25200, turned=True)
    assert draft.answer.classes == 80
    made = hook_of(draft)({"output0": np.full((1, 2, 85), 0.5, np.float32)}, None, {})
    assert made["scores"].shape == (1, 2, 80) and made["scores"].max() == 0.25


def test_rows_that_are_as_many_as_no_grid_of_yolo_are_no_detections() -> None:
    assert yolo(84, 8000).task and yolo(84, 8000).task.value == "custom"  # type: ignore[union-attr]


def test_detr_has_a_class_for_nothing() -> None:
    outputs = [("logits", "float32", [None, 100, 92]), ("pred_boxes", "float32", [None, 100, 4])]
    draft = drafted(
        facts(
            inputs=[FIRST],
            outputs=outputs,
            evidence={"documents": {"config.json": {"architectures": ["DetrForObjectDetection"]}}},
        )
    )
    assert draft.answer.classes == 91 and step_of(draft, "drop_classes")["ids"] == [91]
    assert step_of(draft, "box_format")["format"] == "cxcywh" and "softmax" in steps(draft)


def test_layers_of_anchors_are_joined_the_finest_first() -> None:
    draft = drafted(recorded("blazeface"))
    layers = {
        "Identity": np.zeros((1, 512, 1)),
        "Identity_1": np.ones((1, 384, 1)),
        "Identity_2": np.zeros((1, 512, 16)),
        "Identity_3": np.ones((1, 384, 16)),
    }
    made = hook_of(draft)(layers, None, {})
    assert made["boxes"].shape == (1, 896, 4) and made["scores"].shape == (1, 896, 1)
    assert made["scores"][0, :512].max() == 0 and made["scores"][0, 512:].min() == 1


# classification, and what makes probabilities


def classifier(output: str = "dense", width: int = 3, ends: tuple[str, ...] = (), **parts: Any) -> Draft:
    evidence = {"ends": {output: ends}, **parts.pop("evidence", {})}
    return drafted(
        facts(
            inputs=[parts.pop("picture", PICTURE)],
            outputs=[(output, "float32", [None, width])],
            evidence=evidence,
            **parts,
        )
    )


@pytest.mark.parametrize(
    ("output", "ends", "step"),
    [
        ("dense", ("Softmax",), None),
        ("dense", ("Reshape", "SOFTMAX"), None),
        ("logits", ("Softmax",), None),
        ("logits", (), "softmax"),
        ("dense", ("BiasAdd", "MatMul"), "softmax"),
        ("dense", ("LOGISTIC",), None),
    ],
)
def test_a_softmax_is_added_only_where_none_ends_the_model(
    output: str, ends: tuple[str, ...], step: str | None
) -> None:
    draft = classifier(output, ends=ends)
    assert ("softmax" in steps(draft)) == (step == "softmax")
    assert draft.task and draft.task.value == "image-classification"


def test_several_labels_at_once_take_a_sigmoid() -> None:
    documents = {
        "config.json": {
            "architectures": ["ViTForImageClassification"],
            "problem_type": "multi_label_classification",
        }
    }
    draft = classifier("logits", evidence={"documents": documents})
    assert "sigmoid" in steps(draft) and "softmax" not in steps(draft)


def test_one_probability_becomes_those_of_no_and_yes() -> None:
    draft = classifier("dense", 1, ("Sigmoid",))
    assert steps(draft)[-1] == "two_classes" and draft.labels
    assert [row["name"] for row in draft.labels.value] == ["no", "yes"]
    assert classifier("age", 1, ("Add",)).task.value == "custom"  # type: ignore[union-attr]


def test_labels_that_are_as_many_as_the_classes_make_the_task_sure() -> None:
    draft = classifier("out", 3, ("Softmax",), evidence={"labels": [labels("a", "b", "c")]})
    assert draft.task and draft.task.confidence == "high"
    assert draft.labels and [row["name"] for row in draft.labels.value] == ["a", "b", "c"]


def test_one_label_less_than_classes_is_the_background_and_told() -> None:
    draft = classifier("out", 3, ("Softmax",), evidence={"labels": [labels("tench", "goldfish")]})
    assert draft.labels and draft.labels.value[0] == {"id": 0, "name": "background"}
    assert draft.labels.value[1] == {"id": 1, "name": "tench"}
    assert "background" in draft.labels.reason and draft.labels.confidence == "medium"


def test_one_label_more_than_classes_loses_the_background() -> None:
    draft = classifier("out", 2, ("Softmax",), evidence={"labels": [labels("background", "cat", "dog")]})
    assert draft.labels and draft.labels.value == [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]


def test_labels_that_do_not_fit_are_not_taken_and_told() -> None:
    draft = classifier("out", 9, ("Softmax",), evidence={"labels": [labels("a", "b")]})
    assert draft.labels is None and any(
        "labels.txt has 2 names, the model 9 classes" in note for note in draft.notes
    )


# the picture that goes in


def test_a_quantised_input_takes_whole_numbers_and_no_scaling() -> None:
    draft = drafted(
        facts(
            format_="litert",
            inputs=[("input", "uint8", [1, 224, 224, 3])],
            outputs=[("Softmax", "uint8", [1, 10])],
        )
    )
    assert steps(draft)[:4] == ["decode_image", "resize", "dtype", "|"]
    assert step_of(draft, "dtype")["dtype"] == "uint8"


def test_an_int8_input_is_quantised_by_its_own_scale() -> None:
    evidence = {
        "quantization": {"input": [0.0078125, 0.0]},
        "normalization": {"mean": [127.5], "std": [127.5]},
    }
    draft = drafted(
        facts(
            format_="litert",
            inputs=[("input", "int8", [1, 96, 96, 3])],
            outputs=[("out", "float32", [1, 2])],
            evidence=evidence,
        )
    )
    assert step_of(draft, "normalize") == {"step": "normalize", "mean": [127.5], "std": [127.5]}
    assert step_of(draft, "dtype") == {"step": "dtype", "dtype": "int8", "scale": 0.0078125, "zero_point": 0}


def test_metadata_of_tflite_states_the_normalisation() -> None:
    draft = classifier(evidence={"normalization": {"mean": [127.5], "std": [127.5]}}, format_="litert")
    normalize = next(guess for guess in draft.preprocess if guess.value["step"] == "normalize")
    assert normalize.confidence == "high" and normalize.source == "TFLITE_METADATA"


def test_a_name_such_as_mobilenet_is_only_a_habit() -> None:
    draft = classifier(file="mobilenet_v1_1.0_224.tflite", format_="litert")
    scale = next(guess for guess in draft.preprocess if guess.value["step"] == "scale")
    assert scale.value["add"] == -1.0 and scale.confidence == "low"


def test_a_graph_that_scales_its_own_input_gets_the_pixels_as_they_are() -> None:
    draft = classifier(evidence={"begins": {"image": ("Cast", "Mul", "Sub")}}, file="mobilenet.onnx")
    assert steps(draft)[:4] == ["decode_image", "resize", "dtype", "|"]
    assert "begins with mul" in draft.preprocess[-1].reason


def test_channels_first_are_put_first_at_the_end() -> None:
    draft = classifier(picture=FIRST)
    assert steps(draft)[:5] == ["decode_image", "resize", "normalize", "layout", "|"]


def test_the_processor_s_file_goes_before_every_habit() -> None:
    config = {
        "image_processor_type": "ViTImageProcessor",
        "size": {"height": 384, "width": 384},
        "resample": 3,
        "do_normalize": True,
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
        "rescale_factor": 1 / 255,
    }
    draft = classifier(picture=FIRST, evidence={"documents": {"preprocessor_config.json": config}})
    assert step_of(draft, "resize") == {"step": "resize", "height": 384, "width": 384, "filter": "bicubic"}
    assert step_of(draft, "normalize")["mean"] == [0.5] * 3
    assert {guess.source for guess in draft.preprocess[1:3]} == {"preprocessor_config.json"}


# maps and points


def test_classes_before_rows_and_columns_are_said_to_come_first() -> None:
    outputs = [("logits", "float32", [None, 21, 224, 224])]
    draft = drafted(facts("deeplab.onnx", inputs=[FIRST], outputs=outputs))
    assert steps(draft)[-3:] == ["map_layout", "argmax_mask", "resize_mask_to_picture"]
    assert draft.answer.classes == 21


def test_flat_coordinates_are_parted_by_a_hook_that_works() -> None:
    draft = drafted(recorded("hand-landmark"))
    made = hook_of(draft)({"Identity": np.arange(63, dtype=np.float32).reshape(1, 63)}, None, {})
    assert made["points"].shape == (1, 21, 2) and made["points"][0, 1].tolist() == [3, 4]


def test_blazepose_gives_five_numbers_for_each_point() -> None:
    inputs, outputs = [("input_1", "float32", [1, 256, 256, 3])], [("Identity", "float32", [1, 195])]
    draft = drafted(facts("pose_landmark_full.tflite", format_="litert", inputs=inputs, outputs=outputs))
    assert draft.answer.classes == 39
    assert hook_of(draft)({"Identity": np.zeros((1, 195), np.float32)}, None, {})["points"].shape == (
        1,
        39,
        2,
    )


# sounds


def test_an_output_feeds_one_state_only() -> None:
    state = [2, None, 64]
    inputs = [("input", "float32", [None, 512]), ("state", "float32", state), ("state_in", "float32", state)]
    draft = drafted(
        facts(inputs=inputs, outputs=[("output", "float32", [None, 1]), ("stateN", "float32", state)])
    )
    assert {name: guess.value["output"] for name, guess in draft.state.items()} == {"state": "stateN"}


def test_the_rate_comes_from_the_feature_extractor_s_file() -> None:
    config = {
        "sampling_rate": 32000,
        "feature_extractor_type": "Wav2Vec2FeatureExtractor",
        "do_normalize": True,
    }
    draft = drafted(
        facts(
            inputs=[("input_values", "float32", [None, 64000])],
            outputs=[("logits", "float32", [None, 4])],
            evidence={"documents": {"preprocessor_config.json": config}},
        )
    )
    assert step_of(draft, "resample")["rate"] == 32000
    assert steps(draft)[:4] == ["decode_audio", "resample", "windows", "normalize_audio"]


@pytest.mark.parametrize(("length", "rate"), [(15600, 16000), (144000, 48000), (48000, 16000)])
def test_the_length_of_a_window_tells_the_rate(length: int, rate: int) -> None:
    draft = drafted(
        facts(inputs=[("waveform", "float32", [1, length])], outputs=[("scores", "float32", [1, 521])])
    )
    assert draft.task and draft.task.value == "audio-classification"
    assert step_of(draft, "resample")["rate"] == rate and step_of(draft, "windows")["size"] == length


# texts


def texts(output: tuple[str, str, list[int | None]], documents: dict[str, Any], **evidence: Any) -> Draft:
    inputs = [(name, "int64", [None, None]) for name in ("input_ids", "attention_mask", "token_type_ids")]
    return drafted(facts(inputs=inputs, outputs=[output], evidence={"documents": documents, **evidence}))


def test_a_classifier_of_texts_takes_its_labels_and_length_from_its_configuration() -> None:
    config = {
        "architectures": ["RobertaForSequenceClassification"],
        "model_type": "roberta",
        "max_position_embeddings": 514,
        "pad_token_id": 1,
    }
    draft = texts(
        ("logits", "float32", [None, 2]),
        {"config.json": config},
        labels=[labels("NEGATIVE", "POSITIVE", source="config.json")],
        tokenizer="tokenizer.json",
    )
    assert draft.task and (draft.task.value, draft.task.confidence) == ("text-classification", "high")
    tokenize = step_of(draft, "tokenize")
    assert (tokenize["max_length"], tokenize["pad_id"]) == (512, 1)
    assert tokenize["inputs"] == {
        "input_ids": "ids",
        "attention_mask": "attention_mask",
        "token_type_ids": "type_ids",
    }
    assert draft.labels and draft.labels.value[1]["name"] == "POSITIVE" and steps(draft)[-1] == "softmax"


@pytest.mark.parametrize(
    ("key", "step"), [("pooling_mode_mean_tokens", "mean_pool"), ("pooling_mode_cls_token", "first_token")]
)
def test_a_sentence_transformer_states_how_it_pools(key: str, step: str) -> None:
    modules = {"modules": [{"type": "sentence_transformers.models.Normalize"}]}
    documents = {
        "modules.json": modules,
        "1_Pooling/config.json": {key: True},
        "sentence_bert_config.json": {"max_seq_length": 256},
    }
    draft = texts(("last_hidden_state", "float32", [None, None, 384]), documents)
    assert draft.task and draft.task.value == "embedding"
    assert (
        steps(draft) == ["tokenize", "|", step, "l2_normalize"]
        and step_of(draft, "tokenize")["max_length"] == 256
    )


def test_a_model_that_writes_text_is_left_to_a_hook() -> None:
    draft = texts(("logits", "float32", [None, None, 50257]), {"generation_config.json": {}})
    assert draft.task and draft.task.value == "custom" and "writes text" in draft.task.reason


def test_the_model_card_states_the_task_and_its_license_is_a_note() -> None:
    draft = classifier(
        "out",
        5,
        evidence={"documents": {"README.md": {"pipeline_tag": "image-classification", "license": "mit"}}},
    )
    assert draft.task and draft.task.confidence == "high" and draft.task.source == "README.md"
    assert "README.md says license: mit" in draft.notes


# tables


def test_labels_and_probabilities_are_the_roles_of_a_classifier_of_rows() -> None:
    outputs = [("label", "int64", [None]), ("probabilities", "float32", [None, 3])]
    draft = drafted(facts(inputs=[("float_input", "float32", [None, 4])], outputs=outputs))
    assert {role: guess.value for role, guess in draft.answer.roles.items()} == {
        "labels": "label",
        "scores": "probabilities",
    }
    assert [column["name"] for column in step_of(draft, "columns")["columns"]] == [
        f"column_{n}" for n in (1, 2, 3, 4)
    ]


def test_inputs_with_one_value_a_row_are_columns_of_their_own() -> None:
    inputs = [("age", "float32", [None, 1]), ("city", "string", [None, 1]), ("member", "bool", [None, 1])]
    draft = drafted(facts(inputs=inputs, outputs=[("variable", "float32", [None, 1])]))
    value = step_of(draft, "columns")
    assert value["tensors"] == "each" and [one["kind"] for one in value["columns"]] == [
        "number",
        "text",
        "bool",
    ]
    assert draft.answer.roles["values"].value == "variable"


def test_a_model_whose_input_is_nothing_known_has_no_task() -> None:
    draft = drafted(facts(inputs=[("x", "float32", [1, 16, 96])], outputs=[("y", "float32", [1, 1])]))
    assert draft.task is None and draft.kind.confidence == "low"
    bytes_ = drafted(
        facts(inputs=[("bytes", "int32", [None, 2048])], outputs=[("target_label", "float32", [None, 214])])
    )
    assert bytes_.task is None
