#include "exchange/file_sources.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "postgres/guard.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "nodes/makefuncs.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/portal.h"
#include "utils/rel.h"
#include "utils/varlena.h"
}

namespace recon::exchange {

using namespace recon::postgres;

ServerFile::ServerFile(const std::string& path) : path_(path) {
    const char* const name = path_.c_str();
    file_ = guarded([=] {
        if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES)) {
            ereport(ERROR,
                    (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                     errmsg("permission denied to import a file of the server"),
                     errdetail("Only roles with the privileges of \"pg_read_server_files\" may "
                               "read files of the server."),
                     errhint("Send the bytes of the file instead, in the argument "
                             "\"content\".")));
        }
        FILE* const opened = AllocateFile(name, PG_BINARY_R);
        if (opened == nullptr) {
            ereport(ERROR, (errcode_for_file_access(),
                            errmsg("could not open file \"%s\" for reading: %m", name)));
        }
        return opened;
    });
}

std::size_t ServerFile::read(char* to, std::size_t room) {
    const std::size_t size = fread(to, 1, room, file_);
    if (size == 0 && ferror(file_) != 0) {
        const char* const name = path_.c_str();
        guarded([=] {
            ereport(ERROR,
                    (errcode_for_file_access(), errmsg("could not read file \"%s\": %m", name)));
        });
    }
    return size;
}

void ServerFile::rewind() {
    ::rewind(file_);
}

void ServerFile::close() {
    guarded([file = file_] { return FreeFile(file); });
}

// By SQL: the server's own functions of C leave what they have open to the end of the transaction.
std::size_t LargeObject::read(char* to, std::size_t room) {
    constexpr std::size_t most = std::size_t{1} << 20U;
    const auto wanted = static_cast<int>(std::min(room, most));
    const auto piece = guarded([=, id = id_, at = at_] {
        Oid types[] = {OIDOID, INT8OID, INT4OID};
        Datum values[] = {ObjectIdGetDatum(id), Int64GetDatum(at), Int32GetDatum(wanted)};
        SPI_execute_with_args("SELECT pg_catalog.lo_get($1, $2, $3)", 3, types, values, nullptr,
                              true, 1);
        bool is_null = false;
        const Datum bytes =
            SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
        bytea* const plain = PG_DETOAST_DATUM_PACKED(bytes);
        const std::size_t size = VARSIZE_ANY_EXHDR(plain);
        memcpy(to, VARDATA_ANY(plain), size);
        SPI_freetuptable(SPI_tuptable);
        return size;
    });
    at_ += static_cast<std::int64_t>(piece);
    return piece;
}

void LargeObject::rewind() {
    at_ = 0;
}

TextRows::TextRows(const std::string& relation) {
    const char* const name = relation.c_str();
    struct Found {
        char* statement;
        int texts;
    };
    const Found found = guarded([=] {
        const Oid id = RangeVarGetRelid(
            makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(name))),
            AccessShareLock, false);
        Relation const opened = relation_open(id, NoLock);
        const char* text = nullptr;
        const char* number = nullptr;
        Found result{nullptr, 0};
        for (int i = 0; i < RelationGetDescr(opened)->natts; ++i) {
            const auto* column = TupleDescAttr(RelationGetDescr(opened), i);
            if (column->attisdropped) continue;
            if (column->atttypid == TEXTOID) {
                text = quote_identifier(NameStr(column->attname));
                ++result.texts;
            } else if (column->atttypid == INT8OID || column->atttypid == INT4OID) {
                number = quote_identifier(NameStr(column->attname));
            }
        }
        result.statement =
            psprintf("SELECT %s FROM %s.%s%s%s", text != nullptr ? text : "",
                     quote_identifier(get_namespace_name(RelationGetNamespace(opened))),
                     quote_identifier(RelationGetRelationName(opened)),
                     number != nullptr ? " ORDER BY " : "", number != nullptr ? number : "");
        relation_close(opened, NoLock);
        return result;
    });
    if (found.texts != 1) {
        throw Error(ErrorKind::invalid_parameter,
                    "relation \"" + relation + "\" does not hold the lines of a file",
                    "It has " + std::to_string(found.texts) + " columns of type text.",
                    "Use a table with one column of type text and, to keep the order, an identity "
                    "column.");
    }
    statement_ = found.statement;
}

void TextRows::fill() {
    ready_.clear();
    at_ = 0;
    const char* const statement = statement_.c_str();
    if (portal_ == nullptr) {
        portal_ = guarded([=] {
            SPIPlanPtr const plan = SPI_prepare(statement, 0, nullptr);
            if (plan == nullptr) elog(ERROR, "could not plan the reading of text rows");
            return SPI_cursor_open(nullptr, plan, nullptr, nullptr, true);
        });
    }
    constexpr long rows_at_a_time = 1000;
    const auto rows = guarded([portal = portal_] {
        SPI_cursor_fetch(portal, true, rows_at_a_time);
        return SPI_processed;
    });
    for (std::uint64_t i = 0; i < rows; ++i) {
        const char* const line = guarded([=] {
            const char* const value = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
            if (value == nullptr) return "";
            // Files are read as UTF-8.
            return static_cast<const char*>(
                pg_server_to_any(value, static_cast<int>(strlen(value)), PG_UTF8));
        });
        ready_ += line;
        ready_ += '\n';
    }
    guarded([] { SPI_freetuptable(SPI_tuptable); });
}

std::size_t TextRows::read(char* to, std::size_t room) {
    if (at_ == ready_.size()) fill();
    const std::size_t size = std::min(room, ready_.size() - at_);
    std::copy_n(ready_.data() + at_, size, to);
    at_ += size;
    return size;
}

void TextRows::rewind() {
    if (portal_ != nullptr) guarded([portal = portal_] { SPI_cursor_close(portal); });
    portal_ = nullptr;
    ready_.clear();
    at_ = 0;
}

FileDigest digest_of(formats::ByteSource& source) {
    FileDigest digest;
    pg_cryptohash_ctx* const hash = guarded([] {
        pg_cryptohash_ctx* const made = pg_cryptohash_create(PG_SHA256);
        if (made == nullptr || pg_cryptohash_init(made) < 0)
            elog(ERROR, "SHA-256 is not available");
        return made;
    });
    // On an error of the source the context goes with the transaction.
    std::string piece(std::size_t{1} << 18U, '\0');
    while (const std::size_t size = source.read(piece.data(), piece.size())) {
        poll_interrupt();
        digest.bytes += static_cast<std::int64_t>(size);
        const auto* const bytes = reinterpret_cast<const uint8*>(piece.data());
        guarded([=] {
            if (pg_cryptohash_update(hash, bytes, size) < 0) elog(ERROR, "SHA-256 failed");
        });
    }
    std::array<uint8, PG_SHA256_DIGEST_LENGTH> result{};
    uint8* const to = result.data();
    guarded([=] {
        if (pg_cryptohash_final(hash, to, PG_SHA256_DIGEST_LENGTH) < 0)
            elog(ERROR, "SHA-256 failed");
        pg_cryptohash_free(hash);
    });
    for (const auto byte : result) {
        digest.sha256 += "0123456789abcdef"[byte >> 4U];
        digest.sha256 += "0123456789abcdef"[byte & 15U];
    }
    source.rewind();
    return digest;
}

} // namespace recon::exchange
