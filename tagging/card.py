"""The model card that lies in every bundle as README.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tagging.training_set import LEARNED

_ORIGINAL = 0.7957

_LIMITS = """## Limits

It reads Korean sentences and lyric lines; lines without Hangul come out as doubt, mostly 중립. Irony, quotations and feelings that
need the story around them are often misread. It is no instrument for judging a person's mental state.
"""


def card_of(kind: str, name: str, metrics: Mapping[str, Any], manifest: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """A card in Markdown from what is known: data by the set's manifest, settings, measures per corpus."""
    lines = [f"# {name}", "", f"A ReUmi emotion model of the kind `{kind}`: a sentence → 행복 놀람 분노 공포 혐오 슬픔 중립.", ""]
    unmeasured = LEARNED in metrics and not metrics["test"]
    lines += ["## Data", "", *_data(manifest, ("train", "test") if unmeasured else ("train",)), ""]
    if options:
        lines += ["## Training", "", *(f"- {key}: {value}" for key, value in options.items()), ""]
    if unmeasured:
        lines += [
            "## Not measured",
            "",
            "It was trained on its set's test side too (`--both-sides`): the same training without that says how good it is.",
            "",
        ]
    else:
        lines += ["## Measured on the test side (no sentence or near-copy of it was trained on)", "", *_table(metrics.get("test", {})), ""]
    lines += [
        f"The original project reported an accuracy of {_ORIGINAL} on its own mix, whose test part shares sentences with its training part",
        "and is mostly 중립 dialogue; it is not comparable with the figures above.",
        "",
        _LIMITS,
        "## Licence",
        "",
        "As the data and the base model permit; corpora from AI Hub come under AI Hub's terms.",
        "",
    ]
    return "\n".join(lines)


def _data(manifest: Mapping[str, Any], sides: Sequence[str]) -> list[str]:
    if not manifest:
        return ["No manifest was given with the training set."]
    rows = [f"- {file['file']} ({file['corpus']}): {sum(file['rows'].values())} sentences" for file in manifest.get("files", [])]
    counted = [manifest.get("labels", {}).get(side, {}) for side in sides]
    labels = {label: sum(counts.get(label, 0) for counts in counted) for label in counted[0]}
    return [*rows, "", "Trained on: " + ", ".join(f"{label} {count}" for label, count in labels.items())]


def _table(test: Mapping[str, Any]) -> list[str]:
    if not test:
        return ["Nothing was held out."]
    rows = ["| corpus | sentences | accuracy | macro-F1 | ECE |", "|---|---|---|---|---|"]
    for corpus, found in test.items():
        rows.append(f"| {corpus} | {found['n']} | {found['accuracy']:.3f} | {found['macro_f1']:.3f} | {found['ece']:.3f} |")
    return rows
