// The bytes of a recon_model: a mark, the format's version, a digest of what follows, the method's
// name, what it was fitted on, then what the method writes. The digest tells models apart without
// reading them (a query that scores a million rows reads its model once).
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "core/models/model.hpp"

namespace recon::models {

// Bytes before those that the digest is of.
inline constexpr std::size_t model_head_size = 13;

// The head of the model whose content these are.
[[nodiscard]] std::array<std::byte, model_head_size>
model_head(std::span<const std::byte> content) noexcept;

[[nodiscard]] std::vector<std::byte> model_bytes(const Model& model);

// Throws invalid_data for bytes that are no model, limit_exceeded for one that is too large.
[[nodiscard]] std::unique_ptr<const Model> read_model(std::span<const std::byte> bytes);

} // namespace recon::models
