// AUROC of other implementations, made by test/bench/adbench_reference.py (scikit-learn 1.2.1).
#pragma once

namespace recon::models::test {

struct Reference {
    const char* set;
    double isolation_forest; // the mean over seeds 0 to 19
    double neighbour_distance;
    double local_outlier_factor;
    double mahalanobis;
    double ecod;
};

inline constexpr Reference adbench_reference[] = {
    {"14_glass", 0.78864, 0.81951, 0.76477, 0.68130, 0.78049},
    {"18_Ionosphere", 0.84810, 0.90014, 0.87146, 0.91898, 0.70254},
    {"20_letter", 0.63339, 0.83705, 0.89901, 0.80394, 0.54019},
    {"23_mammography", 0.86106, 0.79628, 0.49413, 0.86189, 0.89965},
    {"28_pendigits", 0.94652, 0.80541, 0.49946, 0.76502, 0.81837},
    {"31_satimage-2", 0.99338, 0.98482, 0.54491, 0.98397, 0.88352},
    {"38_thyroid", 0.97857, 0.96533, 0.71169, 0.93369, 0.92085},
    {"40_vowels", 0.74953, 0.95954, 0.94553, 0.91259, 0.64731},
    {"43_WDBC", 0.98658, 0.98235, 0.98207, 0.95182, 0.99272},
    {"47_yeast", 0.39710, 0.40042, 0.46289, 0.40192, 0.40888},
    {"4_breastw", 0.98683, 0.98054, 0.66993, 0.97261, 0.98901},
    {"6_cardio", 0.92687, 0.78951, 0.54773, 0.89931, 0.88106},
};

} // namespace recon::models::test
