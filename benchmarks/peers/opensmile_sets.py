"""The standard feature sets of paralinguistics, by their reference implementation."""

from collections.abc import Callable

import opensmile
import pandas as pd

from recordings import Recording


def functionals(feature_set: opensmile.FeatureSet) -> Callable[[Recording], pd.DataFrame]:
    smile = opensmile.Smile(feature_set, opensmile.FeatureLevel.Functionals)
    return lambda recording: smile.process_file(str(recording.path))


METHODS = {
    f"eGeMAPSv02, openSMILE {opensmile.__version__}": functionals(opensmile.FeatureSet.eGeMAPSv02),
    f"ComParE_2016, openSMILE {opensmile.__version__}": functionals(
        opensmile.FeatureSet.ComParE_2016
    ),
}
