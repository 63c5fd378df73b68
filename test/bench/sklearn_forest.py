#!/usr/bin/env python3
"""Time to score rows with scikit-learn's isolation forest, 100 trees of 256 rows, n_jobs=2.

Usage: sklearn_forest.py CSV. Prints the seconds that passed while score_samples ran on all rows, and the
seconds of processor time that it took.
"""
import sys
import time

import numpy
import pandas
from sklearn.ensemble import IsolationForest

rows = numpy.ascontiguousarray(pandas.read_csv(sys.argv[1], header=None).to_numpy())
forest = IsolationForest(n_estimators=100, max_samples=256, random_state=0, n_jobs=2).fit(rows)
begin, used = time.perf_counter(), time.process_time()
forest.score_samples(rows)
print("%.4f %.4f" % (time.perf_counter() - begin, time.process_time() - used))
