#!/usr/bin/env python3
"""Reference figures of test/core/models/models_reference.hpp: scikit-learn's neighbours, local outlier
factor, shrunk covariance and k-means, and ECOD by the formulas of its paper, on a table of integers that
the test makes in the same way.

Usage: models_reference.py. Prints lines of C++. The checked-in figures were made with scikit-learn 1.2.1
(Debian 12: python3-sklearn).
"""
import numpy
from sklearn.cluster import KMeans
from sklearn.covariance import LedoitWolf
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.preprocessing import StandardScaler

ROWS = 500


def table():
    rows = []
    for i in range(ROWS):
        x = (i * i * 31 + i * 7) % 1009
        y = (i * i * 17 + i * 101) % 797
        rows.append([x / 10, (3 * x + y) / 100, float((i * i * i * 5 + i) % 613)])
    return numpy.array(rows)


def shown(name, values):
    print("inline constexpr double %s[] = {%s};" % (name, ", ".join(repr(float(v)) for v in values)))


rows = table()
new = numpy.array([[50, 25, 300], [500, 25, 300], [10, 39, -40]], dtype=float)
for scale, space in (("standard", StandardScaler().fit(rows)), ("none", None)):
    known = rows if space is None else space.transform(rows)
    other = new if space is None else space.transform(new)
    neighbours = NearestNeighbors(n_neighbors=20).fit(known)
    shown("knn_%s" % scale, list(neighbours.kneighbors()[0][:10, -1]) + list(neighbours.kneighbors(other)[0][:, -1]))
    inside = LocalOutlierFactor(n_neighbors=20).fit(known)
    outside = LocalOutlierFactor(n_neighbors=20, novelty=True).fit(known)
    shown("lof_%s" % scale, list(-inside.negative_outlier_factor_[:10]) + list(-outside.score_samples(other)))
    covariance = LedoitWolf().fit(known)
    shown("mahalanobis_%s" % scale, numpy.sqrt(
        list(covariance.mahalanobis(known[:10])) + list(covariance.mahalanobis(other))))
    shown("shrinkage_%s" % scale, [covariance.shrinkage_])

# Four clusters that cannot be missed.
clusters = numpy.array([[(i % 4) * 100 + (i * i * 7) % 13,
                         (i % 4) ** 2 * 50 + (i * i * 11) % 17] for i in range(200)], dtype=float)
shown("inertia", [KMeans(n_clusters=4, n_init=20, random_state=0).fit(
                      clusters).inertia_,
                  KMeans(n_clusters=4, n_init=20, random_state=0).fit(
                      StandardScaler().fit_transform(clusters)).inertia_])

left = numpy.array([[numpy.mean(column <= x) for x in column] for column in rows.T])
right = numpy.array([[numpy.mean(column >= x) for x in column] for column in rows.T])
skewed = numpy.array([l if ((column - column.mean()) ** 3).mean() < 0 else r
                      for column, l, r in zip(rows.T, left, right)])
shown("ecod", numpy.max([-numpy.log(tails).sum(axis=0) for tails in (left, right, skewed)], axis=0)[:10])
