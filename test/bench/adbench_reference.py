#!/usr/bin/env python3
"""Reference figures of test/core/models/adbench_reference.hpp: scikit-learn's isolation forest, distance to the
20th neighbour, local outlier factor and shrunk covariance, and ECOD by the formulas of its paper.

Usage: adbench_reference.py FOLDER, the folder with the 12 sets (label in the last column).
Prints, for each set, the AUROC of each method, fitted on all rows of the set without their labels and scored on
the same rows, as lines of C++. Of the forest (100 trees of 256 rows) it is the mean over seeds 0 to 19; the
others have no seed. Neighbours are looked for among different rows, columns standardized, a row not being its
own. The checked-in figures were made with scikit-learn 1.2.1 (Debian 12: python3-sklearn).
"""
import glob
import os
import sys

import numpy
from sklearn.covariance import LedoitWolf
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.preprocessing import StandardScaler


def forest(features, seed):
    model = IsolationForest(n_estimators=100, max_samples=min(256, len(features)), random_state=seed)
    return -model.fit(features).score_samples(features)


def ecod(features):
    left = numpy.empty(features.shape)
    right = numpy.empty(features.shape)
    for j, column in enumerate(features.T):
        ordered = numpy.sort(column)
        left[:, j] = -numpy.log(numpy.searchsorted(ordered, column, side="right") / len(column))
        right[:, j] = -numpy.log((len(column) - numpy.searchsorted(ordered, column, side="left")) / len(column))
    skewed = numpy.where(((features - features.mean(axis=0)) ** 3).mean(axis=0) < 0, left, right)
    return numpy.max([tails.sum(axis=1) for tails in (left, right, skewed)], axis=0)


for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.csv"))):
    table = numpy.loadtxt(path, delimiter=",", skiprows=1)
    features, labels = table[:, :-1], table[:, -1]
    scaled = StandardScaler().fit_transform(features)
    different, place = numpy.unique(scaled, axis=0, return_inverse=True)
    scores = [
        NearestNeighbors(n_neighbors=20).fit(different).kneighbors()[0][:, -1][place],
        -LocalOutlierFactor(n_neighbors=20).fit(different).negative_outlier_factor_[place],
        LedoitWolf().fit(scaled).mahalanobis(scaled),
        ecod(features),
    ]
    areas = [numpy.mean([roc_auc_score(labels, forest(features, seed)) for seed in range(20)])]
    areas += [roc_auc_score(labels, each) for each in scores]
    print('    {"%s", %s},' % (os.path.basename(path)[:-4], ", ".join("%.5f" % area for area in areas)), flush=True)
