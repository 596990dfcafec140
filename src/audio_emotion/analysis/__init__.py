"""How the speaker's state moves each acoustic feature: `audio-emotion analyse`.

`population` says who is compared with whom, `statistics` and `effects` how much emotion moves a
feature, `clusters` which features mean the same, `importance` what classifiers need; `findings`
says it in words, `figures` draws it, `page` lays it out, and `run` does all of that.
"""
