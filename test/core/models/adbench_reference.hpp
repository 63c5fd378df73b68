// Mean AUROC of other implementations over seeds 0 to 19, made by test/bench/adbench_reference.py.
#pragma once

namespace recon::models::test {

struct Reference {
    const char* set;
    double isolation_forest; // scikit-learn 1.2.1, 100 trees of 256 rows
};

inline constexpr Reference adbench_reference[] = {
    {"14_glass", 0.78864},       {"18_Ionosphere", 0.84810}, {"20_letter", 0.63339},
    {"23_mammography", 0.86106}, {"28_pendigits", 0.94652},  {"31_satimage-2", 0.99338},
    {"38_thyroid", 0.97857},     {"40_vowels", 0.74953},     {"43_WDBC", 0.98658},
    {"47_yeast", 0.39710},       {"4_breastw", 0.98683},     {"6_cardio", 0.92687},
};

} // namespace recon::models::test
