"""Best of 10 k-means++ restarts of scikit-learn: reads {"points", "clusters"} from stdin, prints {"distortion", "cpu"}."""
import json
import sys
import time

import numpy as np
from sklearn.cluster import KMeans

job = json.load(sys.stdin)
X = np.array(job["points"])
start = time.process_time()
# Converged to the end (tol = 0), not to scikit-learn's default of 1e-4: the stronger rival.
model = KMeans(job["clusters"], init="k-means++", n_init=10, tol=0, max_iter=1000, random_state=job["seed"]).fit(X)
seconds = time.process_time() - start
distance = ((X[:, None, :] - model.cluster_centers_[None]) ** 2).sum(2).min(1)
print(json.dumps({"distortion": float(distance.mean()), "cpu": seconds * 1e3}))
