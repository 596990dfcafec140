"""Make corpus_names.csv.gz from the original system's catalogue of all four corpora.

python tests/golden/make_corpus_names.py audio_dataframe.csv

Its 12,162 rows hold every file name of the corpora and the emotion each was trained with.
"""

import csv
import gzip
import sys
from pathlib import Path


def main(catalogue: Path) -> None:
    lines = ["path,emotion"]
    with catalogue.open(newline="") as file:
        for row in csv.DictReader(file):
            collection, _, path = row["Path"].partition("//")
            assert collection == "speech-emotion-recognition-en"
            lines.append(f"{path},{row['Emotions']}")
    content = "\n".join(lines) + "\n"
    # No time stamp: the same rows give the same bytes.
    Path(__file__).with_name("corpus_names.csv.gz").write_bytes(
        gzip.compress(content.encode(), mtime=0)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
