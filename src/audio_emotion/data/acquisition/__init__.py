"""Download of the corpora from their publishers: addresses, licenses and checks.

`sources` holds the facts, `download` brings one file over a connection that breaks, `unpack` takes
recordings out of an untrusted archive, `fetch` makes a folder of the collection from them.
"""
