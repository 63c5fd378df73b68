#include <cmath>

#include "core/base/random.hpp"
#include "core/detection/forecast/population_fit.hpp"

namespace recon::forecast {

namespace {

constexpr std::uint8_t format_version = 1;

template <class Use>
void each_positive(Prior& prior, Use&& use) {
    use(prior.tick);
    use(prior.place_variance);
    for (ScalePrior& noise : prior.noise) {
        use(noise.df);
        use(noise.variance);
    }
    use(prior.break_size.df);
    use(prior.break_size.variance);
    for (SizePrior* size : {&prior.ln_break, &prior.ln_amount, &prior.ln_first}) {
        use(size->within);
        use(size->between);
    }
}

// Shares and counts, which may be 0, and means of logarithms.
template <class Use>
void each_other(Prior& prior, Use&& use) {
    for (SizePrior* size : {&prior.ln_break, &prior.ln_amount, &prior.ln_first}) {
        use(size->mean);
        use(size->keys);
    }
    for (OutcomeShares& shares : prior.outcomes) {
        for (double& share : shares)
            use(share);
    }
    use(prior.first_break);
    use(prior.lacking);
    for (double& ln : prior.ln_share)
        use(ln);
}

} // namespace

void Prior::serialize(ByteWriter& writer) const {
    writer.put(format_version);
    Prior copy = *this;
    each_positive(copy, [&](double value) { writer.put(value); });
    each_other(copy, [&](double value) { writer.put(value); });
    writer.put(keys);
}

Prior Prior::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format_version) {
        reader.refuse("the format of the prior is another");
    }
    Prior prior;
    each_positive(prior, [&](double& value) {
        value = reader.get<double>();
        if (!(value > 0) || !std::isfinite(value)) reader.refuse("a spread is out of range");
    });
    each_other(prior, [&](double& value) {
        value = reader.get<double>();
        if (!std::isfinite(value)) reader.refuse("a figure of the prior is not finite");
    });
    for (const OutcomeShares& shares : prior.outcomes) {
        for (const double share : shares) {
            if (share < 0 || share > 1) reader.refuse("a share is out of range");
        }
    }
    for (const double share : {prior.first_break, prior.lacking}) {
        if (share < 0 || share > 1) reader.refuse("a share is out of range");
    }
    prior.keys = reader.get<std::uint64_t>();
    return prior;
}

std::uint64_t Prior::fingerprint() const {
    ByteWriter writer;
    serialize(writer);
    std::uint64_t hash = writer.bytes().size();
    for (const std::byte byte : writer.bytes())
        hash = mix64(hash ^ (std::to_integer<std::uint64_t>(byte) + 0x9e3779b97f4a7c15ULL));
    return hash;
}

void ForecastPopulation::serialize(ByteWriter& writer) const {
    prior.serialize(writer);
    calibration.serialize(writer);
}

ForecastPopulation ForecastPopulation::deserialize(ByteReader& reader) {
    ForecastPopulation population;
    population.prior = Prior::deserialize(reader);
    population.calibration.deserialize(reader);
    return population;
}

} // namespace recon::forecast
