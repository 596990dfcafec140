"""Reading of tables with and without languages, and what the hashes of training data depend on."""

import pandas as pd
import pytest

from audio_emotion.data.corpora import COLUMNS
from audio_emotion.data.feature_table import FeatureTable, read_catalogue, read_features
from prediction_fixtures import write
from separable_dataset import dataset


@pytest.fixture
def data() -> FeatureTable:
    return dataset(per_emotion=1)


def test_tables_of_an_earlier_version_get_the_languages_of_their_corpora(data, tmp_path):
    path = write(data, tmp_path)
    for name in ("audio_dataframe.csv", "extracted_acoustic_features.csv"):
        table = pd.read_csv(tmp_path / name, dtype=str, keep_default_na=False)
        table.drop(columns="language").to_csv(tmp_path / name, index=False)
    old = read_features(tmp_path / "extracted_acoustic_features.csv")
    for catalogue in (read_catalogue(path), old.catalogue):
        assert list(catalogue.columns) == list(COLUMNS)
        languages = catalogue.groupby("corpus")["language"].unique().map(list).to_dict()
        assert languages == {"mine": [""], "ravdess": ["en"], "tess": ["en"]}
    assert old.hash() == data.hash()


def test_the_language_that_a_table_has_is_kept(data, tmp_path):
    data.catalogue["language"] = ["pl", "NA"] * (len(data.catalogue) // 2)
    path = write(data, tmp_path)
    pd.testing.assert_frame_equal(read_catalogue(path), data.catalogue)


def test_hashes_of_training_data_do_not_depend_on_the_language(data):
    train_net = pytest.importorskip("audio_emotion.training.network.train_net")
    spoken = data.catalogue.assign(language="am")
    assert FeatureTable(spoken, data.utterances).hash() == data.hash()
    assert train_net.data_hash(spoken) == train_net.data_hash(data.catalogue)
