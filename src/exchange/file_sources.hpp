// The places on the server where a file's bytes can be: each read piece by piece, as the caller.
#pragma once

#include <cstdint>
#include <string>

#include "formats/text/source.hpp"
#include "postgres/query.hpp"

namespace recon::exchange {

// A file of the server's machine. For members of pg_read_server_files (42501).
class ServerFile final : public formats::ByteSource {
  public:
    explicit ServerFile(const std::string& path);

    std::size_t read(char* to, std::size_t room) override;
    void rewind() override;
    // The server closes it at the end of the transaction where an error came first.
    void close();

  private:
    std::string path_;
    FILE* file_;
};

// The caller must be allowed to read it (42501). Within a Query.
class LargeObject final : public formats::ByteSource {
  public:
    explicit LargeObject(Oid id) : id_(id) {}

    std::size_t read(char* to, std::size_t room) override;
    void rewind() override;

  private:
    Oid id_;
    std::int64_t at_ = 0;
};

// Lines that a client has copied into a table: its only text column, in the order of its integer
// column where it has one, else as they are stored.
class TextRows final : public formats::ByteSource {
  public:
    explicit TextRows(const std::string& relation);

    std::size_t read(char* to, std::size_t room) override;
    void rewind() override;

  private:
    void fill();

    std::string statement_;
    Portal portal_ = nullptr;
    std::string ready_; // lines that were fetched
    std::size_t at_ = 0;
};

// Size and SHA-256 of all that a source holds; rewinds it.
struct FileDigest {
    std::int64_t bytes = 0;
    std::string sha256; // hexadecimal
};
[[nodiscard]] FileDigest digest_of(formats::ByteSource& source);

} // namespace recon::exchange
