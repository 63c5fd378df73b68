#!/usr/bin/env python3
"""Reference figures of test/core/models/adbench_reference.hpp: scikit-learn's isolation forest.

Usage: adbench_reference.py FOLDER, the folder with the 12 sets (label in the last column).
Prints, for each set, the mean AUROC over seeds 0 to 19 of 100 trees of 256 rows, fitted on all rows of
the set without their labels and scored on the same rows, as lines of C++. The checked-in figures were
made with scikit-learn 1.2.1 (Debian 12: python3-sklearn).
"""
import glob
import os
import sys

import numpy
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.csv"))):
    table = numpy.loadtxt(path, delimiter=",", skiprows=1)
    features, labels = table[:, :-1], table[:, -1]
    areas = []
    for seed in range(20):
        forest = IsolationForest(n_estimators=100, max_samples=min(256, len(features)), random_state=seed)
        areas.append(roc_auc_score(labels, -forest.fit(features).score_samples(features)))
    print('    {"%s", %.5f},' % (os.path.basename(path)[:-4], numpy.mean(areas)), flush=True)
