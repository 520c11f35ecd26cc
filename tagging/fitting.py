"""Fine-tunes a network with Hugging Face's Trainer: curves for both sides of the split, resumable at every epoch.

Checkpoints are written at the end of an epoch only, so a killed run starts again at an epoch's begin with the same random state, and
ends with the same weights as an uninterrupted one.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tagging.corpora.sentences import Sentence
from tagging.emotions import N_LABELS
from tagging.objective import Objective, class_weights
from tagging.scores import accuracy_and_f1
from tagging.sources import pair_ids
from tagging.text import clean

HISTORY = ("epoch", "train_loss", "train_accuracy", "train_macro_f1", "test_loss", "test_accuracy", "test_macro_f1")


Progress = Callable[[Mapping[str, float]], None]


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How to fine-tune; the defaults are the original's for KoBERT.

    `length` is the most tokens of a sentence; `warmup` a share of all steps; `smoothing` softens the labels; `consistency` > 0
    reads each sentence twice and weighs the answers' difference (`tagging.objective`); `patience` > 0 stops after that many epochs without
    a better macro-F1 and takes the best epoch; `class_weights` weighs the loss by how rare a label is.
    """

    epochs: int = 7
    batch: int = 64
    rate: float = 3e-5
    length: int = 64
    warmup: float = 0.1
    decay: float = 0.01
    clip: float = 1.0
    smoothing: float = 0.0
    consistency: float = 0.0
    bf16: bool = False
    class_weights: bool = False
    patience: int = 0
    seed: int = 0


def fit(
    network: Any,
    tokenizer: Any,
    prefix: str,
    train: Sequence[Sentence],
    test: Sequence[Sentence],
    options: FitOptions,
    checkpoints: Path,
    *,
    sources: Sequence[str] = ("",),
    resume: bool = False,
    progress: Progress | None = None,
) -> list[dict[str, float]]:
    """Train the network in place, and return one row of `HISTORY` per epoch.

    Of a network with labels of several corpora `sources` are their names, in its order: it learns the pairs of corpus and label, and is
    measured by the labels. `checkpoints` holds the run's state; `resume` goes on from its last finished epoch, if any; `progress` gets
    each epoch's row.
    """
    import transformers

    transformers.set_seed(options.seed)
    taught, watched = (_encoded(tokenizer, prefix, side, options.length, sources) for side in (train, test))
    trainer = _trainer(network, taught, watched, options, checkpoints)
    if progress is not None:
        trainer.add_callback(_reporting(progress))
    started = resume and any(checkpoints.glob("checkpoint-*"))
    with warnings.catch_warnings():
        # Trainer wonders aloud whether it may tell the age of checkpoints by their files' times; their numbers decide.
        warnings.filterwarnings("ignore", message="mtime may not be reliable")
        trainer.train(resume_from_checkpoint=started or None)
    # In bfloat16 Trainer wraps `forward`; the export and the saved weights are float32 again.
    trainer.accelerator.unwrap_model(network, keep_fp32_wrapper=False)
    network.eval()
    return _history(trainer.state.log_history)


def _encoded(tokenizer: Any, prefix: str, sentences: Sequence[Sentence], length: int, sources: Sequence[str]) -> list[dict[str, Any]]:
    tokenizer.enable_truncation(length)
    tokenizer.no_padding()
    found = tokenizer.encode_batch([prefix + clean(sentence.text) for sentence in sentences])
    pairs = pair_ids(sentences, sources).tolist()
    return [{"input_ids": encoding.ids, "labels": pair, "length": len(encoding.ids)} for encoding, pair in zip(found, pairs, strict=True)]


def _trainer(network: Any, train: list[dict[str, Any]], test: list[dict[str, Any]], options: FitOptions, checkpoints: Path) -> Any:
    import torch
    import transformers

    steps = math.ceil(len(train) / options.batch) * options.epochs
    arguments = transformers.TrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=options.epochs,
        per_device_train_batch_size=options.batch,
        per_device_eval_batch_size=options.batch,
        learning_rate=options.rate,
        weight_decay=options.decay,
        max_grad_norm=options.clip,
        lr_scheduler_type="cosine",
        warmup_steps=int(options.warmup * steps),
        bf16=options.bf16,
        use_cpu=not torch.cuda.is_available(),
        group_by_length=True,
        length_column_name="length",
        remove_unused_columns=False,
        label_names=["labels"],
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=options.patience > 0,
        metric_for_best_model="macro_f1",
        logging_strategy="no",
        report_to=[],
        disable_tqdm=not sys.stderr.isatty(),
        dataloader_pin_memory=False,
        seed=options.seed,
        data_seed=options.seed,
    )
    trainer = _trainer_class()(
        model=network,
        args=arguments,
        train_dataset=train,
        eval_dataset=test,
        data_collator=_Collator(int(getattr(network.config, "pad_token_id", 1) or 1)),
        compute_metrics=_metrics,
        callbacks=[transformers.EarlyStoppingCallback(options.patience)] if options.patience else [],
    )
    trainer.remove_callback(transformers.PrinterCallback)
    weights = class_weights([item["labels"] for item in train]) if options.class_weights else ()
    trainer.objective = Objective(weights, options.smoothing, options.consistency)
    return trainer


def _trainer_class() -> Any:
    import transformers

    class EmotionTrainer(transformers.Trainer):
        """Counts right answers of the training side as they pass, at no cost, and logs them with each epoch's evaluation."""

        objective = Objective()

        def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:  # noqa: ARG002
            readings = self.objective.readings if model.training else 1
            classes = inputs["labels"].repeat(readings)
            outputs = model(input_ids=inputs["input_ids"].repeat(readings, 1), attention_mask=inputs["attention_mask"].repeat(readings, 1))
            logits = outputs["logits"].float()
            loss = self.objective.measured(logits, classes)
            if model.training:
                labels = (classes % N_LABELS).cpu().numpy()
                self._seen = [*getattr(self, "_seen", []), (loss.item() * len(labels), logits.detach().argmax(1).cpu().numpy(), labels)]
                # KoBERT's output has no pairs: its logits are the labels' alone.
                loss = self.objective.trained(outputs["pairs"].float() if "pairs" in outputs else logits, classes)
            return (loss, {"logits": logits}) if return_outputs else loss

        def evaluate(self, *arguments: Any, **named: Any) -> Any:
            if seen := getattr(self, "_seen", []):
                answers, wanted = (np.concatenate([part[place] for part in seen]) for place in (1, 2))
                accuracy, f1 = accuracy_and_f1(answers, wanted)
                self.log({"train_loss": sum(part[0] for part in seen) / len(wanted), "train_accuracy": accuracy, "train_macro_f1": f1})
                self._seen = []
            return super().evaluate(*arguments, **named)

    return EmotionTrainer


def _reporting(progress: Progress) -> Any:
    import transformers

    class Reporting(transformers.TrainerCallback):
        def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002 (the library's signature)
            if rows := _history(state.log_history):
                progress(rows[-1])

    return Reporting()


class _Collator:
    """Pads a batch to its longest sentence."""

    def __init__(self, pad_id: int) -> None:
        self._pad = pad_id

    def __call__(self, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        import torch

        from tagging.transformer import padded

        ids, mask = padded([item["input_ids"] for item in items], self._pad)
        return {
            "input_ids": torch.from_numpy(ids),
            "attention_mask": torch.from_numpy(mask),
            "labels": torch.tensor([item["labels"] for item in items]),
        }


def _metrics(prediction: Any) -> dict[str, float]:
    logits = prediction.predictions[0] if isinstance(prediction.predictions, tuple) else prediction.predictions
    accuracy, f1 = accuracy_and_f1(logits.argmax(axis=1), prediction.label_ids % N_LABELS)
    return {"accuracy": accuracy, "macro_f1": f1}


def _history(log: Sequence[dict[str, float]]) -> list[dict[str, float]]:
    rows: dict[float, dict[str, float]] = {}
    for entry in log:
        row = rows.setdefault(entry["epoch"], {"epoch": entry["epoch"]})
        for name in HISTORY:
            for source in (name, name.replace("test_", "eval_")):
                if source in entry:
                    # The last entry of a run has a mean over all epochs under the same name: the epoch's own stays.
                    row.setdefault(name, round(float(entry[source]), 6))
    return [rows[epoch] for epoch in sorted(rows) if "test_loss" in rows[epoch]]
