"""The first clusters of a process are fitted by one thread, as all others."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import numpy as np
from threadpoolctl import threadpool_info
import segkit.segments.kinds.cluster_fit as fit

seen = []
trial = fit._trial

def watched(points, k):
    seen.append({pool["num_threads"] for pool in threadpool_info()})
    found = trial(points, k)
    seen.append({pool["num_threads"] for pool in threadpool_info()})
    return found

fit._trial = watched
fit.fit_clusters(np.random.default_rng(1).normal(size=(200, 2)), 3, 0.03)
print(all(threads == {1} for threads in seen), len(seen))
"""


def test_the_first_fit_of_a_process_has_one_thread() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["True", "4"]
