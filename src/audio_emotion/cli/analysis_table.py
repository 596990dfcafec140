"""Result of `audio-emotion analyse` in ten lines; everything else is in its report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from rich.table import Table

from audio_emotion.analysis.feature_labels import feature_label

if TYPE_CHECKING:
    from audio_emotion.analysis.study import Study

_SHOWN: Final = 10


def strongest_table(study: Study) -> Table:
    """Tabulate the features that emotion moves most, one per group of features that move alike."""
    population, effect = study.population, study.overall
    table = Table(title="What emotion moves most, within a speaker", box=None, padding=(0, 2, 0, 0))
    table.add_column("feature", overflow="fold")
    for heading in ("effect", "95 % interval"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("most different", no_wrap=True)
    for feature in study.distinct(effect.effect, _SHOWN):
        low, high = effect.low[feature], effect.high[feature]
        table.add_row(
            feature_label(population.names[feature]),
            f"{effect.effect[feature]:.2f}",
            "not defined" if np.isnan(low) else f"{low:.2f} to {high:.2f}",
            _most_different(study, feature),
        )
    table.caption = "effect: epsilon-squared, the share of the variance of ranks"
    return table


def _most_different(study: Study, feature: int) -> str:
    """Return the pair of emotions between which a feature differs most, the higher one first."""
    delta = study.pairs.delta[:, feature]
    if np.isnan(delta).all():
        return "not defined"
    row = int(np.nanargmax(np.abs(delta)))
    names = [study.population.emotions[emotion] for emotion in study.pairs.pairs[row]]
    return " > ".join(names if delta[row] > 0 else names[::-1])
