#include "formats/sie/sie_line.hpp"

namespace recon::formats {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

std::string quoted_field(std::string_view line, std::size_t& at) {
    std::string field;
    for (++at; at < line.size() && line[at] != '"'; ++at) {
        if (line[at] == '\\' && at + 1 < line.size()) ++at;
        field += line[at];
    }
    if (at < line.size()) ++at;
    return field;
}

std::string list_field(std::string_view line, std::size_t& at) {
    const std::size_t begin = ++at;
    bool quoted = false;
    for (; at < line.size() && (quoted || line[at] != '}'); ++at) {
        if (line[at] == '"') quoted = !quoted;
    }
    std::string field(line.substr(begin, at - begin));
    if (at < line.size()) ++at;
    return field;
}

} // namespace

SieLine read_sie_line(std::string_view line) {
    SieLine read;
    std::size_t at = 0;
    while (at < line.size()) {
        if (is_blank(line[at])) {
            ++at;
            continue;
        }
        if (read.label.empty() && (line[at] == '{' || line[at] == '}')) {
            read.label = line[at];
            return read;
        }
        std::string field;
        if (line[at] == '"') {
            field = quoted_field(line, at);
        } else if (line[at] == '{') {
            field = list_field(line, at);
        } else {
            while (at < line.size() && !is_blank(line[at])) {
                field += line[at++];
            }
        }
        if (!read.label.empty()) {
            read.fields.push_back(std::move(field));
        } else if (field.size() > 1 && field[0] == '#') {
            for (const char c : field.substr(1)) {
                read.label += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
            }
        } else {
            read.label = "?";
        }
    }
    return read;
}

} // namespace recon::formats
