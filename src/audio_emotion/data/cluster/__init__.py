"""Beyond one machine: a Dask cluster works on recordings that may lie anywhere.

`connection` finds the cluster, `locations` lists recordings and opens them wherever they are, and
`partitions` has their features extracted, a thousand recordings at a time.
"""
