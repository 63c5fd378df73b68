#include "core/models/model_bytes.hpp"

#include <array>
#include <cstring>

#include "core/models/methods.hpp"

namespace recon::models {

namespace {

constexpr std::array<char, 4> mark{'R', 'C', 'N', 'M'};
constexpr std::uint8_t format_version = 1;

std::uint64_t digest_of(std::span<const std::byte> bytes) noexcept {
    std::uint64_t digest = bytes.size();
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, std::min(sizeof(word), bytes.size() - at));
        digest = mix64(digest ^ word) + at;
    }
    return digest;
}

} // namespace

std::array<std::byte, model_head_size> model_head(std::span<const std::byte> content) noexcept {
    std::array<std::byte, model_head_size> head{};
    const std::uint64_t digest = digest_of(content);
    std::memcpy(head.data(), mark.data(), mark.size());
    std::memcpy(head.data() + mark.size(), &format_version, sizeof(format_version));
    std::memcpy(head.data() + mark.size() + sizeof(format_version), &digest, sizeof(digest));
    return head;
}

std::vector<std::byte> model_bytes(const Model& model) {
    ByteWriter content;
    content.put_string(model.method());
    model.fit().serialize(content);
    model.serialize_method(content);

    ByteWriter writer;
    writer.reserve(model_head_size + content.bytes().size());
    const auto head = model_head(content.bytes());
    writer.put_raw(head.data(), head.size());
    writer.put_raw(content.bytes().data(), content.bytes().size());
    return writer.take();
}

std::unique_ptr<const Model> read_model(std::span<const std::byte> bytes) {
    ByteReader reader(bytes, "recon_model");
    std::array<std::byte, model_head_size> head{};
    reader.get_raw(head.data(), head.size());
    if (std::memcmp(head.data(), mark.data(), mark.size()) != 0) {
        reader.refuse("it does not begin like a model");
    }
    if (std::to_integer<std::uint8_t>(head[mark.size()]) != format_version) {
        reader.refuse("its version is unknown");
    }
    if (head != model_head(bytes.subspan(model_head_size))) {
        reader.refuse("its digest is not that of its content");
    }
    const auto method = reader.get_string();
    const Method* known = find_method(method);
    if (known == nullptr) reader.refuse("no method has its name");
    auto model = known->read(reader, FitSummary::deserialize(reader));
    reader.expect_end();
    return model;
}

} // namespace recon::models
