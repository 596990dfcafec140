"""Feature extraction on a Dask cluster, from recordings in folders or at URLs.

`connection` finds the cluster, `locations` lists recordings and opens them wherever they are, and
`partitions` has their features extracted, a thousand recordings at a time.
"""

from typing import Final

PARTITION: Final = 1000  # recordings whose features are extracted together
