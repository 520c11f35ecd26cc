"""A model as a folder: `config.json` naming every other file with its SHA-256, weights, tokenizer, card. No pickles.

Whatever could change an answer is under the fingerprint: the configuration, the files' digests, and the rules of reading.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagging.emotions import LABELS
from tagging.errors import ModelMissing, ModelRefused
from tagging.linear import FILE as LINEAR_FILE
from tagging.linear import LinearModel
from tagging.reader import WINDOW, Part, Reader, Scorer
from tagging.tensors import load_tensors
from tagging.text import READING_RULES

FORMAT, VERSION = "reumi-model", 1
CONFIG, CARD = "config.json", "README.md"
KINDS = (
    "linear",
    "encoder",
    "kobert",
)
DEFAULT_FOLDER = Path(__file__).parent / "default"


@dataclass(frozen=True, slots=True)
class Bundle:
    """An opened model folder whose files are all as they were written.

    `parts` maps each kind of scorer in the folder to its weight; `temperature` calibrates; `metrics` holds what was measured.
    """

    folder: Path
    name: str
    kind: str
    parts: Mapping[str, float]
    temperature: float
    metrics: Mapping[str, Any]
    options: Mapping[str, Any]
    fingerprint: str

    def path(self, file: str) -> Path:
        """Place of one of the bundle's files."""
        return self.folder / file


def write_config(
    folder: Path,
    *,
    name: str,
    kind: str,
    parts: Mapping[str, float],
    temperature: float = 1.0,
    metrics: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Bundle:
    """Seal a folder whose other files are in place: write `config.json` over them, and return the opened bundle."""
    files = {
        path.relative_to(folder).as_posix(): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file() and path.name != CONFIG
    }
    config: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "kind": kind,
        "id2label": {str(number): label for number, label in enumerate(LABELS)},
        "parts": dict(parts),
        "temperature": temperature,
        "options": dict(options or {}),
        "metrics": dict(metrics or {}),
        "files": files,
    }
    config["fingerprint"] = _fingerprint(config)
    (folder / CONFIG).write_text(json.dumps(config, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return open_bundle(folder)


def open_bundle(folder: str | Path) -> Bundle:
    """Open a model folder and prove it whole. Raises ModelMissing, or ModelRefused naming what is wrong."""
    folder = Path(folder)
    config = _read_config(folder)
    _check_labels(folder, config)
    _check_files(folder, config)
    if config.get("fingerprint") != _fingerprint(config):
        raise ModelRefused(folder, f"{CONFIG} was changed after the model was written (its fingerprint does not match)")
    return Bundle(
        folder=folder,
        name=config["name"],
        kind=config["kind"],
        parts=config["parts"],
        temperature=config["temperature"],
        metrics=config["metrics"],
        options=config["options"],
        fingerprint=config["fingerprint"],
    )


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        if folder.is_file():
            raise ModelRefused(folder, "it is a file, and a model is a folder; the original's .pt files go through `reumi model import`")
        if not folder.is_dir():
            raise ModelMissing(folder)
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelRefused(folder, f"it has no {CONFIG}, so it is no ReUmi model") from None
    except (OSError, ValueError) as error:
        raise ModelRefused(folder, f"{CONFIG} cannot be read ({error})") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise ModelRefused(folder, f"{CONFIG} does not describe a ReUmi model (format {FORMAT})")
    if config.get("version") != VERSION:
        raise ModelRefused(folder, f"it has format version {config.get('version')}, and this ReUmi reads version {VERSION}")
    return config


def _check_labels(folder: Path, config: Mapping[str, Any]) -> None:
    found = config.get("id2label")
    wanted = {str(number): label for number, label in enumerate(LABELS)}
    if found != wanted:
        shown = ", ".join(map(str, found.values())) if isinstance(found, dict) else repr(found)
        raise ModelRefused(folder, f"its labels are {shown}, and ReUmi's are {', '.join(LABELS)} in this order")
    missing = {"name", "kind", "parts", "temperature", "options", "metrics", "files"} - set(config)
    if missing:
        raise ModelRefused(folder, f"{CONFIG} lacks {', '.join(sorted(missing))}")
    unknown = ({config["kind"]} | set(config["parts"])) - set(KINDS)
    if unknown:
        raise ModelRefused(folder, f"it is of the kind {', '.join(sorted(map(str, unknown)))}; this ReUmi knows {', '.join(KINDS)}")


def _check_files(folder: Path, config: Mapping[str, Any]) -> None:
    for file, digest in config["files"].items():
        path = folder / file
        if not path.is_file():
            raise ModelRefused(folder, f"{file} is missing")
        if sha256_of(path) != digest:
            raise ModelRefused(folder, f"{file} is damaged or was changed (its SHA-256 does not match)")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fingerprint(config: Mapping[str, Any]) -> str:
    """SHA-256 over what can change an answer; the card and the metrics are left out."""
    parts = {key: config[key] for key in ("format", "version", "kind", "id2label", "parts", "temperature", "options")}
    parts["files"] = {file: digest for file, digest in config["files"].items() if file != CARD}
    parts["reading"] = READING_RULES
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def load_classifier(folder: str | Path | None = None) -> Reader:
    """The classifier of a model folder, or of the one that ships with ReUmi. Raises ModelMissing or ModelRefused."""
    return classifier_of(open_bundle(folder or DEFAULT_FOLDER))


def classifier_of(bundle: Bundle) -> Reader:
    """The classifier of an opened bundle. Raises ModelRefused when its weights do not fit."""
    parts = [Part(_open_scorer(bundle, kind), weight) for kind, weight in bundle.parts.items()]
    return Reader(parts, bundle.temperature, bundle.fingerprint, int(bundle.options.get("window", WINDOW)))


def _open_scorer(bundle: Bundle, kind: str) -> Scorer:
    try:
        if kind == "linear":
            return LinearModel(load_tensors(bundle.path(LINEAR_FILE)))
        from tagging.transformer import GRAPH_FILE, READER_OPTIONS, TOKENIZER_FILE, OnnxTransformer

        options = {name: bundle.options[name] for name in READER_OPTIONS if name in bundle.options}
        return OnnxTransformer(bundle.path(GRAPH_FILE), bundle.path(TOKENIZER_FILE), **options)
    except (ValueError, KeyError) as error:
        raise ModelRefused(bundle.folder, f"its weights do not fit: {error}") from error
