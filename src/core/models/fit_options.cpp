#include "core/models/fit_options.hpp"

#include <cmath>

#include "core/base/said_number.hpp"

namespace recon::models {

namespace {

std::string text_of(const FitOptions::Value& value) {
    if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
    if (const auto* number = std::get_if<double>(&value)) return said_number(*number);
    return "\"" + std::get<std::string>(value) + "\"";
}

[[noreturn]] void refuse(const std::string& name, const FitOptions::Value& value,
                         const std::string& allowed) {
    throw Error(ErrorKind::invalid_parameter, "invalid value for option \"" + name + "\"",
                "The value is " + text_of(value) + "; it must be " + allowed + ".");
}

} // namespace

const FitOptions::Value* FitOptions::find(const std::string& name) {
    read_.insert(name);
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
}

std::int64_t FitOptions::integer(const std::string& name, std::int64_t otherwise,
                                 std::int64_t least, std::int64_t most) {
    const Value* value = find(name);
    if (value == nullptr) return otherwise;
    const auto* given = std::get_if<double>(value);
    if (given == nullptr || *given != std::floor(*given) || *given < static_cast<double>(least) ||
        *given > static_cast<double>(most)) {
        refuse(name, *value,
               "an integer between " + std::to_string(least) + " and " + std::to_string(most));
    }
    return static_cast<std::int64_t>(*given);
}

double FitOptions::number(const std::string& name, double otherwise, double least, double most) {
    const Value* value = find(name);
    if (value == nullptr) return otherwise;
    const auto* given = std::get_if<double>(value);
    if (given == nullptr || !(*given >= least && *given <= most)) {
        refuse(name, *value,
               "a number between " + said_number(least) + " and " + said_number(most));
    }
    return *given;
}

bool FitOptions::truth(const std::string& name, bool otherwise) {
    const Value* value = find(name);
    if (value == nullptr) return otherwise;
    const auto* given = std::get_if<bool>(value);
    if (given == nullptr) refuse(name, *value, "true or false");
    return *given;
}

std::string FitOptions::choice(const std::string& name, const std::string& otherwise,
                               std::initializer_list<std::string_view> allowed) {
    const Value* value = find(name);
    if (value == nullptr) return otherwise;
    std::string list;
    for (const auto each : allowed) {
        const auto* given = std::get_if<std::string>(value);
        if (given != nullptr && *given == each) return *given;
        list += (list.empty() ? "" : ", ") + std::string(each);
    }
    refuse(name, *value, "one of " + list);
}

void FitOptions::expect_all_read() const {
    for (const auto& [name, value] : values_) {
        if (read_.contains(name)) continue;
        std::string known;
        for (const auto& each : read_)
            known += (known.empty() ? "" : ", ") + each;
        throw Error(ErrorKind::invalid_parameter, "unknown option \"" + name + "\"",
                    "Its value is " + text_of(value) + ".", "The options are " + known + ".");
    }
}

void FitOptions::serialize(ByteWriter& writer) const {
    writer.put(static_cast<std::uint32_t>(values_.size()));
    for (const auto& [name, value] : values_) {
        writer.put_string(name);
        writer.put(static_cast<std::uint8_t>(value.index()));
        if (const auto* truth = std::get_if<bool>(&value)) writer.put(*truth);
        if (const auto* number = std::get_if<double>(&value)) writer.put(*number);
        if (const auto* text = std::get_if<std::string>(&value)) writer.put_string(*text);
    }
}

FitOptions FitOptions::deserialize(ByteReader& reader) {
    FitOptions options;
    const auto count = reader.get_count(2 * sizeof(std::uint32_t));
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto name = reader.get_string();
        switch (reader.get<std::uint8_t>()) {
        case 0:
            options.set(name, reader.get<bool>());
            break;
        case 1:
            options.set(name, reader.get<double>());
            break;
        case 2:
            options.set(name, reader.get_string());
            break;
        default:
            reader.refuse("an option is of no known kind");
        }
    }
    return options;
}

} // namespace recon::models
