"""New training sentences from given ones, to even out the labels: easy data augmentation (Wei and Zou, 2019) fitted to Korean.

Four moves, none of which looks a word up: two neighbouring words change places, a word is dropped, a space is lost, and two half
sentences of one label are joined. Each changes little enough that the label stays.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence

from tagging.corpora.sentences import AUGMENTED, Sentence

# A move may give a sentence that is known already; so many tries per wanted sentence.
_TRIES = 4


def balanced(sentences: Sequence[Sentence], *, share: float, most: int, rng: random.Random) -> list[Sentence]:
    """Additional sentences that lift every label to `share` of the commonest label's count.

    At most `most` new ones are made per sentence of a label, on average. The corpus name of a new sentence is its model's with
    `+augmented`. Deterministic by `rng`.
    """
    counts = Counter(sentence.label for sentence in sentences)
    wanted = int(share * max(counts.values(), default=0))
    added: list[Sentence] = []
    for label in sorted(counts):
        models = [sentence for sentence in sentences if sentence.label == label]
        known = {sentence.text for sentence in models}
        missing = min(max(wanted - len(models), 0), most * len(models))
        for _ in range(_TRIES * missing):
            if not missing:
                break
            model, other = rng.choice(models), rng.choice(models)
            text = rng.choice(_MOVES)(model.text, other.text, rng)
            if text not in known:
                known.add(text)
                added.append(Sentence(text, label, f"{model.corpus}{AUGMENTED}", model.group))
                missing -= 1
    return added


def _swap(text: str, _other: str, rng: random.Random) -> str:
    words = text.split()
    if len(words) > 1:
        place = rng.randrange(len(words) - 1)
        words[place], words[place + 1] = words[place + 1], words[place]
    return " ".join(words)


def _drop(text: str, _other: str, rng: random.Random) -> str:
    words = text.split()
    if len(words) > 3:
        # The last word carries the ending, and with it negation and mood: it always stays.
        del words[rng.randrange(len(words) - 1)]
    return " ".join(words)


def _close_up(text: str, _other: str, rng: random.Random) -> str:
    spaces = [place for place, letter in enumerate(text) if letter == " "]
    if not spaces:
        return text
    place = rng.choice(spaces)
    return text[:place] + text[place + 1 :]


def _join(text: str, other: str, _rng: random.Random) -> str:
    return f"{text} {other}" if len(text) + len(other) < 80 else text


_MOVES: tuple[Callable[[str, str, random.Random], str], ...] = (_swap, _drop, _close_up, _join)
