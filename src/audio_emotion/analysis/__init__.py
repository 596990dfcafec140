"""The effect of emotion on each acoustic feature: `audio-emotion analyse`.

`population` selects what is compared, `statistics` and `effects` compute effect sizes, `clusters`
groups redundant features, `importance` permutes them; `run` collects all of it in a `Study`, of
which `tables`, `findings` and `document` make numbers and sentences, `figures` and `report` a page.
"""
