#include "hostile_values.hpp"

#include <gtest/gtest.h>

namespace recon {

void PrintTo(const HostileValue& value, std::ostream* out) {
    *out << value.name;
}

namespace {

std::string hex(std::span<const std::byte> bytes) {
    std::string text;
    for (const auto byte : bytes.first(std::min<std::size_t>(bytes.size(), 400))) {
        constexpr char digits[] = "0123456789abcdef";
        text += digits[std::to_integer<unsigned>(byte) >> 4];
        text += digits[std::to_integer<unsigned>(byte) & 15U];
    }
    return text;
}

class HostileBytes : public testing::TestWithParam<HostileValue> {
  protected:
    // Whether the bytes were accepted; anything but acceptance or refusal is a failure.
    static bool accepted(const Bytes& bytes) {
        try {
            return GetParam().read(bytes);
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what() << "\n" << hex(bytes);
        }
        return false;
    }
};

TEST_P(HostileBytes, SamplesAreAccepted) {
    for (const auto& sample : GetParam().samples) {
        EXPECT_TRUE(accepted(sample)) << hex(sample);
    }
}

TEST_P(HostileBytes, EveryTruncationIsRefused) {
    for (const auto& sample : GetParam().samples) {
        Mutations(sample, 1).truncated([&](const Bytes& bytes) {
            EXPECT_FALSE(accepted(bytes)) << bytes.size() << " bytes of " << sample.size();
        });
    }
}

TEST_P(HostileBytes, NothingMayFollow) {
    for (const auto& sample : GetParam().samples) {
        Mutations(sample, 1).extended(
            [&](const Bytes& bytes) { EXPECT_FALSE(accepted(bytes)) << bytes.size(); });
    }
}

TEST_P(HostileBytes, SpecialValuesAreRefusedOrUsable) {
    int refused = 0;
    for (const auto& sample : GetParam().samples) {
        Mutations(sample, 1).overwritten([&](const Bytes& bytes) {
            if (!accepted(bytes)) ++refused;
        });
    }
    EXPECT_GT(refused, 0);
}

TEST_P(HostileBytes, ScrambledBytesAreRefusedOrUsable) {
    const auto& samples = GetParam().samples;
    int refused = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto& other = samples[(i + 1) % samples.size()];
        Mutations(samples[i], i).scrambled(other, 2000, [&](const Bytes& bytes) {
            if (!accepted(bytes)) ++refused;
        });
    }
    EXPECT_GT(refused, 0);
}

TEST_P(HostileBytes, NoiseIsRefusedOrUsable) {
    Random random(1);
    for (int i = 0; i < 3000; ++i) {
        Bytes bytes(random.below(200));
        for (auto& byte : bytes) {
            byte = static_cast<std::byte>(random.next());
        }
        accepted(bytes);
    }
    for (const auto byte : {std::byte{0}, std::byte{1}, std::byte{0xff}}) {
        for (std::size_t size = 0; size < 300; ++size) {
            accepted(Bytes(size, byte));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Types, HostileBytes, testing::ValuesIn(hostile_values()),
                         [](const auto& info) { return info.param.name; });

} // namespace
} // namespace recon
