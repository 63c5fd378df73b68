#include "core/models/fit.hpp"

#include <gtest/gtest.h>

#include "core/models/model_bytes.hpp"
#include "models/tables.hpp"

namespace recon::models {
namespace {

FitOptions options(std::initializer_list<std::pair<const char*, FitOptions::Value>> values) {
    FitOptions made;
    for (const auto& [name, value] : values)
        made.set(name, value);
    return made;
}

std::string refusal(FitOptions given) {
    try {
        Fit("isolation_forest", std::move(given));
    } catch (const Error& error) {
        return std::string(error.what()) + " | " + error.detail() + " | " + error.hint();
    }
    return "accepted";
}

TEST(Fit, RefusesOptionsByName) {
    EXPECT_EQ(refusal(options({{"trees", 10.0}, {"seed", 3.0}, {"max_rows", 100.0}})), "accepted");
    EXPECT_EQ(
        refusal(options({{"trees", 0.0}})),
        "invalid value for option \"trees\" | The value is 0; it must be an integer between 1 "
        "and 1000. | ");
    EXPECT_EQ(refusal(options({{"sample_size", 2.5}})),
              "invalid value for option \"sample_size\" | The value is 2.5; it must be an integer "
              "between 2 and 4096. | ");
    EXPECT_EQ(refusal(options({{"seed", std::string("one")}})),
              "invalid value for option \"seed\" | The value is \"one\"; it must be an integer "
              "between -9007199254740992 and 9007199254740992. | ");
    EXPECT_EQ(refusal(options({{"leaves", true}})),
              "unknown option \"leaves\" | Its value is true. | The options are "
              "columns_per_split, max_rows, sample_size, seed, trees.");
    EXPECT_THROW(Fit("crystal_ball", {}), Error);
}

TEST(Fit, PartsGiveTheSameModel) {
    const auto table = test::normal_table(3000, 2, 1);
    const auto given = options({{"trees", 20.0}, {"seed", 5.0}, {"max_rows", 500.0}});
    Fit whole("isolation_forest", given);
    std::vector<Fit> parts(3, Fit("isolation_forest", given));
    for (std::size_t i = 0; i < 3000; ++i) {
        const auto row = std::span(table).subspan(2 * i, 2);
        whole.rows().add(row);
        parts[i % 3].rows().add(row);
    }
    ByteWriter writer;
    parts[1].serialize(writer);
    ByteReader reader(writer.bytes(), "state");
    parts[2].merge(Fit::deserialize(reader));
    parts[2].merge(parts[0]);
    EXPECT_EQ(model_bytes(*whole.fit()), model_bytes(*parts[2].fit()));
}

TEST(Fit, NothingToFitOnGivesNoModel) {
    Fit fit("isolation_forest", {});
    EXPECT_EQ(fit.fit(), nullptr);
    fit.rows().add(std::vector<double>{missing_value, missing_value});
    EXPECT_EQ(fit.fit(), nullptr);
}

TEST(Fit, OtherOptionsAreAnotherFit) {
    Fit fit("isolation_forest", options({{"trees", 20.0}}));
    EXPECT_THROW(fit.merge(Fit("isolation_forest", options({{"trees", 21.0}}))), Error);
}

} // namespace
} // namespace recon::models
