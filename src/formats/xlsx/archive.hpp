// The parts of a zip archive that is in memory, each inflated piece by piece.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/firewall.hpp"

struct zip;

namespace recon::formats {

class Archive {
  public:
    // Raises invalid_data for what is no archive, or one that is encrypted or cut off.
    explicit Archive(std::string_view bytes);
    ~Archive();
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;

    [[nodiscard]] bool has(const std::string& part) const;
    // Hands over the part piece by piece. Raises limit_exceeded where all parts together become
    // more than two hundred times the archive: no workbook does, and a bomb does.
    void read(const std::string& part, const std::function<void(std::string_view)>& take);

  private:
    zip* archive_ = nullptr;
    std::size_t left_;
};

} // namespace recon::formats
