// Serialized values under attack. Every type that can be read back from bytes is listed once, in
// hostile_values.hpp; the unit tests change its samples in ways that are the same in every run, the
// fuzzer (test/fuzz) searches for more.
//
// The promise that is tested: whatever the bytes are, reading either refuses them with recon::Error
// or gives a value that can be used, written and read again, without undefined behaviour.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace recon {

using Bytes = std::vector<std::byte>;

// Thrown where the promise is broken other than by a crash.
class BrokenPromise : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

struct HostileValue {
    std::string name;
    std::vector<Bytes> samples; // serialized values, all of them valid
    // True where the bytes were a value, false where they were refused.
    std::function<bool(std::span<const std::byte>)> read;
};

template <typename T>
Bytes serialized(const T& value) {
    ByteWriter writer;
    value.serialize(writer);
    return writer.take();
}

template <typename Read>
auto read_again(Read read, std::span<const std::byte> bytes) {
    try {
        return read(bytes);
    } catch (const Error& error) {
        throw BrokenPromise(std::string("what was written is refused: ") + error.what() + ". " +
                            error.detail());
    }
}

// A type with the members serialize() and static deserialize(); `use` does with a value what its
// callers do: it may throw recon::Error, but not of the kind that says "a defect".
template <typename T, typename Use>
HostileValue hostile_value(std::string name, const std::vector<T>& values, Use use) {
    HostileValue hostile{name, {}, {}};
    for (const auto& value : values) {
        hostile.samples.push_back(serialized(value));
    }
    const auto read = [name](std::span<const std::byte> bytes) {
        ByteReader reader(bytes, name);
        T value = T::deserialize(reader);
        reader.expect_end();
        return value;
    };
    hostile.read = [read, use](std::span<const std::byte> bytes) {
        std::vector<T> value; // at most one: T need not have a default
        try {
            value.push_back(read(bytes));
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::invalid_data &&
                error.kind() != ErrorKind::limit_exceeded) {
                throw BrokenPromise(std::string("refused as something else: ") + error.what());
            }
            return false;
        }
        // Reading may bring a value into its canonical form; from then on its bytes stay.
        const Bytes once = serialized(value.front());
        if (serialized(read_again(read, once)) != once) {
            throw BrokenPromise("what was written reads as another value");
        }
        try {
            use(value.front());
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::internal) {
                throw BrokenPromise(std::string("an accepted value is a defect: ") + error.what());
            }
        }
        (void)read_again(read, serialized(value.front()));
        return true;
    };
    return hostile;
}

// Calls `visit` with changed copies of `sample`: the same ones in every run.
class Mutations {
  public:
    Mutations(const Bytes& sample, std::uint64_t seed) : sample_(sample), random_(seed) {}

    template <typename Visit>
    void truncated(Visit visit) {
        for (const auto size : positions(sample_.size(), 300)) {
            visit(Bytes(sample_.begin(), sample_.begin() + static_cast<std::ptrdiff_t>(size)));
        }
    }

    template <typename Visit>
    void extended(Visit visit) {
        for (const std::size_t more : {1, 8, 1000}) {
            Bytes longer = sample_;
            longer.resize(sample_.size() + more, std::byte{0});
            visit(longer);
        }
    }

    // Each byte, and each run of 4 or 8, becomes a value that is special to somebody.
    template <typename Visit>
    void overwritten(Visit visit) {
        for (const auto at : positions(sample_.size(), 300)) {
            const auto old = std::to_integer<unsigned>(sample_[at]);
            for (const unsigned byte :
                 {0U, 1U, 0x7fU, 0x80U, 0xffU, old ^ 1U, old ^ 0x80U, old + 1, old - 1}) {
                visit(with(at, static_cast<std::uint8_t>(byte)));
            }
            for (const std::uint32_t word :
                 {0U, 1U, 0xffffffffU, 0x7fffffffU, 0x80000000U, 0x10000U}) {
                visit(with(at, word));
            }
            for (const std::int64_t word :
                 {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
                  std::numeric_limits<std::int64_t>::min(), std::int64_t{1} << 53}) {
                visit(with(at, word));
            }
            using Limits = std::numeric_limits<double>;
            for (const double number :
                 {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), -0.0, Limits::max(),
                  Limits::lowest(), Limits::min(), Limits::denorm_min(), -1.0, 1e-300, 1e300}) {
                visit(with(at, number));
            }
        }
    }

    // Several changes at once, blocks moved and repeated, and beginnings with the ends of `other`.
    template <typename Visit>
    void scrambled(const Bytes& other, int times, Visit visit) {
        for (int i = 0; i < times; ++i) {
            Bytes bytes = sample_;
            const auto edits = 1 + random_.below(6);
            for (std::uint64_t edit = 0; edit < edits && !bytes.empty(); ++edit) {
                scramble(bytes, other);
            }
            visit(bytes);
        }
    }

  private:
    // All of them where they are few, else the first, the last and a random choice.
    std::vector<std::size_t> positions(std::size_t size, std::size_t most) {
        std::vector<std::size_t> chosen;
        for (std::size_t at = 0; at < size; ++at) {
            if (size <= most || at < most / 4 || at + most / 8 > size ||
                random_.below(size) < most / 2) {
                chosen.push_back(at);
            }
        }
        return chosen;
    }

    template <typename T>
    Bytes with(std::size_t at, T value) const {
        Bytes changed = sample_;
        std::memcpy(changed.data() + at, &value, std::min(sizeof(T), changed.size() - at));
        return changed;
    }

    void scramble(Bytes& bytes, const Bytes& other) {
        const auto at = static_cast<std::ptrdiff_t>(random_.below(bytes.size()));
        const auto left = static_cast<std::uint64_t>(std::ssize(bytes) - at);
        const auto length =
            static_cast<std::ptrdiff_t>(1 + random_.below(std::min<std::uint64_t>(left, 64)));
        switch (random_.below(6)) {
        case 0:
            bytes[static_cast<std::size_t>(at)] = static_cast<std::byte>(random_.next());
            break;
        case 1:
            bytes[static_cast<std::size_t>(at)] ^= static_cast<std::byte>(1U << random_.below(8));
            break;
        case 2:
            bytes.erase(bytes.begin() + at, bytes.begin() + at + length);
            break;
        case 3: {
            const Bytes block(bytes.begin() + at, bytes.begin() + at + length);
            bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(random_.below(bytes.size())),
                         block.begin(), block.end());
            break;
        }
        case 4: {
            const auto to = random_.below(bytes.size());
            std::memmove(bytes.data() + to, bytes.data() + at,
                         std::min(static_cast<std::size_t>(length), bytes.size() - to));
            break;
        }
        default:
            bytes.resize(static_cast<std::size_t>(at));
            if (!other.empty()) {
                const auto from = static_cast<std::ptrdiff_t>(random_.below(other.size()));
                bytes.insert(bytes.end(), other.begin() + from, other.end());
            }
            break;
        }
    }

    const Bytes& sample_;
    Random random_;
};

} // namespace recon
