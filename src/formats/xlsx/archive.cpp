#include "formats/xlsx/archive.hpp"

#include <zip.h>

#include <array>
#include <memory>

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"

namespace recon::formats {
namespace {

[[noreturn]] void refuse(const std::string& detail) {
    throw Error(ErrorKind::invalid_data, "the workbook cannot be read", detail,
                "Open it and save it again as .xlsx without a password, or ask for it once more.");
}

} // namespace

Archive::Archive(std::string_view bytes) : left_(bytes.size() * 200 + (std::size_t{16} << 20U)) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* const source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    if (source != nullptr)
        archive_ = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    const std::string reason = archive_ == nullptr ? zip_error_strerror(&error) : "";
    if (archive_ == nullptr && source != nullptr) zip_source_free(source);
    zip_error_fini(&error);
    if (archive_ == nullptr) refuse("Its archive is damaged or cut off: " + reason + ".");
}

Archive::~Archive() {
    if (archive_ != nullptr) zip_discard(archive_);
}

bool Archive::has(const std::string& part) const {
    return zip_name_locate(archive_, part.c_str(), ZIP_FL_NOCASE) >= 0;
}

void Archive::read(const std::string& part, const std::function<void(std::string_view)>& take) {
    const auto index = zip_name_locate(archive_, part.c_str(), ZIP_FL_NOCASE);
    if (index < 0) refuse("It has no part \"" + part + "\".");
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(
        zip_fopen_index(archive_, static_cast<zip_uint64_t>(index), 0), zip_fclose);
    if (!file) refuse("Part \"" + part + "\": " + zip_strerror(archive_) + ".");
    std::array<char, 65536> piece{};
    while (true) {
        poll_interrupt();
        const auto size = zip_fread(file.get(), piece.data(), piece.size());
        if (size < 0) refuse("Part \"" + part + "\" is damaged.");
        if (size == 0) return;
        if (static_cast<std::size_t>(size) > left_) {
            throw Error(ErrorKind::limit_exceeded,
                        "the workbook is packed more tightly than any that is real",
                        "Its parts are more than two hundred times as large as the file.");
        }
        left_ -= static_cast<std::size_t>(size);
        take({piece.data(), static_cast<std::size_t>(size)});
    }
}

} // namespace recon::formats
