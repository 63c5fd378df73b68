// Where the bytes of a file come from. A source is read from its beginning to its end, and can be
// rewound: the type of a column is sometimes only decided by the whole of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "core/base/firewall.hpp"

namespace recon::formats {

class ByteSource {
  public:
    ByteSource() = default;
    virtual ~ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;

    // Copies at most `room` bytes; 0 at the end.
    virtual std::size_t read(char* to, std::size_t room) = 0;
    virtual void rewind() = 0;
};

// Bytes that are in memory, and stay there as long.
class MemorySource final : public ByteSource {
  public:
    explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}

    std::size_t read(char* to, std::size_t room) override {
        const std::size_t size = std::min(room, bytes_.size() - at_);
        std::memcpy(to, bytes_.data() + at_, size);
        at_ += size;
        return size;
    }
    void rewind() override { at_ = 0; }

  private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

} // namespace recon::formats
