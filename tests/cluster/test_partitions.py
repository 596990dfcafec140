"""What a task of the cluster is given."""

import zlib

import pytest

from audio_emotion.data.cluster import PARTITION, partitions
from audio_emotion.data.cluster.partitions import Partition
from audio_emotion.data.corpora import Utterance
from audio_emotion.errors import ToolError

SENTENCES = ("kids", "dogs")


def test_a_task_is_small_and_opaque() -> None:
    utterances = [
        Utterance(
            f"s3://bucket/{i:07}.wav", "mine", "mine_a", "", "anger", "", SENTENCES[i % 2], ""
        )
        for i in range(PARTITION)
    ]
    partition = Partition(7, utterances, "key")
    packed = partition.pack()
    assert type(packed) is bytes  # a scheduler of another version can unpack nothing wrong
    assert len(packed) < 10_000
    assert Partition.unpack(packed) == partition


def test_a_worker_of_another_version_measures_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = Partition(0, [], "key").pack()
    monkeypatch.setattr(partitions, "version", lambda _name: "0.0.1")
    with pytest.raises(ToolError, match=r"has embedded-audio-emotion 0\.0\.1 .*Install the same"):
        partitions.extract_partition(packed, "nowhere")
    newer = zlib.compress(b'["embedded-audio-emotion 9", "whatever", "it", "holds"]')
    with pytest.raises(ToolError, match="but embedded-audio-emotion 9 is asking"):
        partitions.extract_partition(newer, "nowhere")
