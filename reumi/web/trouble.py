"""Errors as friendly words: what happened, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.errors import BadQuery, EmptyDiary, IndexDamaged, IndexUnwritable, NoSongs, RecommenderError
from reumi.errors import DiaryUnreadable
from storage.errors import NoDataSet, SchemaNewer, SchemaOutdated, StorageError
from tagging.errors import ModelMissing, ModelRefused, TaggingError


@dataclass(frozen=True, slots=True)
class Advice:
    """A friendly word, what to do about it, and commands to copy."""

    title: str
    body: str
    commands: tuple[str, ...] = ()


_FIRST_SONGS = ("reumi demo", "reumi crawl --genre 발라드 --listing steady", "reumi tag")
_NO_SONGS = Advice(
    "아직 들려드릴 노래가 없어요",
    "먼저 노래를 모아 감정을 읽어 두어야 해요. 터미널에서 아래 명령을 실행한 뒤 이 화면을 새로고침해 주세요.",
    _FIRST_SONGS,
)
_ADVICE: tuple[tuple[type[Exception], Advice], ...] = (
    (EmptyDiary, Advice("일기장이 비어 있어요", "오늘 있었던 일을 한 문장이라도 적어 주세요. 짧아도 괜찮아요.")),
    (NoSongs, _NO_SONGS),
    (NoDataSet, _NO_SONGS),
    (SchemaOutdated, Advice("데이터베이스가 예전 모습이에요", "아래 명령으로 새로 고친 뒤 다시 열어 주세요.", ("reumi db upgrade",))),
    (SchemaNewer, Advice("데이터베이스가 이 프로그램보다 새것이에요", "ReUmi를 최신 버전으로 설치해 주세요.")),
    (StorageError, Advice("데이터베이스를 열 수 없어요", "주소와 파일을 확인해 주세요. 자세한 까닭은 아래에 있어요.", ("reumi doctor",))),
    (
        ModelMissing,
        Advice("마음을 읽는 모델을 찾지 못했어요", "REUMI_MODEL 설정을 지우면 함께 들어 있는 모델로 읽어요.", ("reumi model list",)),
    ),
    (
        ModelRefused,
        Advice("모델 파일이 온전하지 않아요", "안전하지 않은 모델은 열지 않아요. 다시 내려받거나 REUMI_MODEL 설정을 지워 주세요."),
    ),
    (TaggingError, Advice("마음을 읽는 모델을 열 수 없어요", "자세한 까닭은 아래에 있어요.", ("reumi doctor",))),
    (
        IndexDamaged,
        Advice("노래 색인이 망가졌어요", "아래 명령으로 다시 만들 수 있어요. 노래는 그대로 있어요.", ("reumi index --rebuild",)),
    ),
    (
        IndexUnwritable,
        Advice("노래 색인을 저장할 수 없어요", "폴더의 권한과 남은 공간을 보거나, REUMI_INDEX_DIR 설정으로 다른 자리를 정해 주세요."),
    ),
    (DiaryUnreadable, Advice("일기장 파일을 열 수 없어요", "파일을 다른 곳으로 옮기거나, REUMI_DIARY 설정으로 다른 자리를 정해 주세요.")),
    (BadQuery, Advice("그 조건으로는 찾을 수 없어요", "장르와 곡 수를 다시 골라 주세요.")),
    (RecommenderError, Advice("노래를 고를 수 없어요", "자세한 까닭은 아래에 있어요.", ("reumi doctor",))),
)
# What a page may meet and turn into advice.
EXPECTED = tuple(kind for kind, _ in _ADVICE)
FILTERED_OUT = Advice("그 조건에 맞는 노래가 아직 없어요", "장르를 더 고르거나, ‘처음부터 다시’를 눌러 이미 본 노래도 함께 찾아보세요.")


def advice_on(error: Exception) -> Advice:
    """The advice for an error of EXPECTED; the first that fits."""
    return next(advice for kind, advice in _ADVICE if isinstance(error, kind))
