"""What Dask's scheduler has to keep of a partition."""

import pickle

from audio_emotion.cluster.partitions import PARTITION, Partition
from audio_emotion.corpora import Utterance

SENTENCES = ("kids", "dogs")


def test_a_task_is_small_and_opaque() -> None:
    utterances = [
        Utterance(
            f"s3://bucket/{i:07}.wav", "mine", "mine_a", "", "anger", "", SENTENCES[i % 2], ""
        )
        for i in range(PARTITION)
    ]
    packed = pickle.dumps(Partition.of(7, utterances, "key"))
    assert len(packed) < 10_000
    assert b"Utterance" not in packed
    assert pickle.loads(packed).utterances == utterances
