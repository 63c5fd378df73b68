#include "exchange/column_names.hpp"

#include <set>

namespace recon::exchange {
namespace {

constexpr std::size_t longest =
    59; // an identifier of the server has 63 bytes; a number fits behind

std::string column_name(std::string_view header) {
    std::string name;
    for (const char c : header) {
        const auto byte = static_cast<unsigned char>(c);
        if (c >= 'A' && c <= 'Z') {
            name += static_cast<char>(c - 'A' + 'a');
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || byte >= 0x80) {
            name += c;
        } else if (!name.empty() && name.back() != '_') {
            name += '_';
        }
    }
    if (name.size() > longest) {
        std::size_t end = longest;
        // Not within a character.
        while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80) {
            --end;
        }
        name.resize(end);
    }
    while (!name.empty() && name.back() == '_') {
        name.pop_back();
    }
    if (name.empty()) return "column";
    return name[0] >= '0' && name[0] <= '9' ? "c_" + name : name;
}

} // namespace

std::vector<std::string> column_names(const std::vector<std::string>& headers) {
    std::vector<std::string> names;
    // Those that recon_import adds.
    std::set<std::string> taken = {"recon_upload_id", "recon_line", "recon_row_id", "recon_raw"};
    for (const auto& header : headers) {
        const std::string wanted = column_name(header);
        std::string name = wanted;
        for (int i = 2; !taken.insert(name).second; ++i) {
            name = wanted + "_" + std::to_string(i);
        }
        names.push_back(name);
    }
    return names;
}

} // namespace recon::exchange
