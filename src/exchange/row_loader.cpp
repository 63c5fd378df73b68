#include "exchange/row_loader.hpp"

#include <numeric>

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/json_writer.hpp"
#include "core/base/progress.hpp"
#include "exchange/column_names.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"

extern "C" {
#include "common/hashfn.h"
#include "utils/uuid.h"
}

namespace recon::exchange {

using namespace recon::postgres;

namespace {

constexpr std::size_t own_values = 4;
constexpr const char* reject_columns[] = {"upload_id", "line_number", "raw", "reason",
                                          "proposed_fix"};

// The columns of the file, then those that the import adds.
TupleDesc shape_of(const formats::FileProfile& profile) {
    std::vector<std::string> headers;
    for (const auto& column : profile.columns) {
        headers.push_back(column.header);
    }
    const auto names = column_names(headers);
    const int count = static_cast<int>(names.size() + own_values);
    TupleDesc const shape = guarded([=] { return CreateTemplateTupleDesc(count); });
    const auto set = [shape](std::size_t at, const char* name, Oid type) {
        guarded(
            [=] { TupleDescInitEntry(shape, static_cast<AttrNumber>(at + 1), name, type, -1, 0); });
    };
    for (std::size_t i = 0; i < names.size(); ++i) {
        switch (profile.columns[i].kind) {
        case formats::ColumnKind::text:
            set(i, names[i].c_str(), TEXTOID);
            break;
        case formats::ColumnKind::number:
            set(i, names[i].c_str(), NUMERICOID);
            break;
        case formats::ColumnKind::date:
            set(i, names[i].c_str(), DATEOID);
            break;
        case formats::ColumnKind::timestamp:
            set(i, names[i].c_str(), TIMESTAMPOID);
            break;
        }
    }
    set(names.size(), "recon_upload_id", INT8OID);
    set(names.size() + 1, "recon_line", INT8OID);
    set(names.size() + 2, "recon_row_id", UUIDOID);
    set(names.size() + 3, "recon_raw", TEXTOID);
    return shape;
}

// Server calls only: runs inside guarded().
Datum text_datum(const char* text, std::size_t length) {
    if (GetDatabaseEncoding() != PG_UTF8) {
        return CStringGetTextDatum(
            pg_any_to_server(pnstrdup(text, length), static_cast<int>(length), PG_UTF8));
    }
    return PointerGetDatum(cstring_to_text_with_len(text, static_cast<int>(length)));
}

Datum datum_of(const PlainValue& value) {
    switch (value.kind) {
    case PlainValue::Kind::null:
        break;
    case PlainValue::Kind::text:
        return text_datum(value.text.data(), value.text.size());
    case PlainValue::Kind::number:
        return NumericGetDatum(int64_div_fast_to_numeric(value.number, value.scale));
    case PlainValue::Kind::long_number:
        return DirectFunctionCall3(numeric_in,
                                   CStringGetDatum(pnstrdup(value.text.data(), value.text.size())),
                                   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
    case PlainValue::Kind::date:
        return DateADTGetDatum(static_cast<DateADT>(value.number));
    case PlainValue::Kind::timestamp:
        return TimestampGetDatum(value.number);
    }
    return 0;
}

// Of the cells, so that another way of quoting them is the same row.
std::uint64_t hash_of(const formats::Row& row, std::uint64_t seed) {
    for (const auto cell : row.cells) {
        seed = hash_bytes_extended(reinterpret_cast<const unsigned char*>(cell.data()),
                                   static_cast<int>(cell.size()), seed + 1);
    }
    return seed;
}

} // namespace

std::uint64_t RowCounts::all_skipped() const {
    return std::accumulate(skipped.begin(), skipped.end(), std::uint64_t{0});
}

std::string RowCounts::skipped_json() const {
    JsonWriter json;
    json.open('{');
    for (std::size_t i = 0; i < skipped.size(); ++i) {
        if (skipped[i] > 0)
            json.member(formats::row_kinds[i], static_cast<std::size_t>(skipped[i]));
    }
    json.close('}');
    return json.take();
}

RowLoader::RowLoader(const TargetTable& table, const formats::FileProfile& profile,
                     std::int64_t upload, std::uint64_t most_rejects)
    : profile_(profile), upload_(upload), most_rejects_(most_rejects), shape_(shape_of(profile_)),
      insert_(table.id, shape_), rejects_("upload_reject", reject_columns), per_row_(guarded([] {
          return AllocSetContextCreate(CurrentMemoryContext, "a row of a file",
                                       ALLOCSET_DEFAULT_SIZES);
      })),
      reading_(profile_), values_(profile_.columns.size() + own_values),
      nulls_(std::make_unique<bool[]>(values_.size())) {}

void RowLoader::reject(const formats::Row& row, const Rejection& rejection) {
    if (first_reason_.empty()) {
        first_reason_ = "line " + std::to_string(row.line) + ": " + rejection.reason;
    }
    if (++counts_.rejected > most_rejects_) {
        throw Error(
            ErrorKind::limit_exceeded,
            "more than " + std::to_string(most_rejects_) +
                " rows of the file do not fit its columns",
            "The first is in " + first_reason_ + ".",
            "Look at the file with recon_sniff, give the right options, or raise the setting "
            "most_rejects.");
    }
    const ContextScope here(per_row_);
    const bool has_fix = rejection.proposed_fix.has_value();
    const Datum values[] = {
        Int64GetDatum(upload_), Int64GetDatum(static_cast<std::int64_t>(row.line)),
        guarded([raw = row.raw] { return text_datum(raw.data(), raw.size()); }),
        make_text(rejection.reason), has_fix ? make_text(*rejection.proposed_fix) : Datum{0}};
    const bool nulls[] = {false, false, false, false, !has_fix};
    rejects_.add(values, nulls);
}

void RowLoader::add(const formats::Row& row) {
    const auto& plain = reading_.values();
    const std::size_t count = plain.size();
    std::uint64_t id[2] = {occurrences_.add(hash_of(row, 1)), 0};
    id[1] = hash_of(row, id[0]);
    const PlainValue* const from = plain.data();
    Datum* const to = values_.data();
    bool* const nulls = nulls_.get();
    const std::string_view raw = row.raw;
    const auto line = static_cast<std::int64_t>(row.line);
    const std::uint64_t* const ids = id;
    guarded([=, upload = upload_, context = per_row_] {
        MemoryContext const previous = MemoryContextSwitchTo(context);
        for (std::size_t i = 0; i < count; ++i) {
            to[i] = datum_of(from[i]);
            nulls[i] = from[i].kind == PlainValue::Kind::null;
        }
        to[count] = Int64GetDatum(upload);
        to[count + 1] = Int64GetDatum(line);
        auto* const uuid = static_cast<pg_uuid_t*>(palloc(sizeof(pg_uuid_t)));
        memcpy(uuid->data, ids, UUID_LEN);
        to[count + 2] = UUIDPGetDatum(uuid);
        to[count + 3] = text_datum(raw.data(), raw.size());
        MemoryContextSwitchTo(previous);
    });
    insert_.add(values_.data(), nulls_.get());
    ++counts_.loaded;
}

void RowLoader::load(formats::RowSource& rows) {
    formats::Row row;
    progress.begin("loading", "bytes");
    while (rows.next(row)) {
        ++counts_.lines;
        if ((counts_.lines & 63U) == 0) {
            progress.done = rows.bytes_read();
            poll_interrupt();
        }
        if (row.kind != formats::RowKind::data) {
            ++counts_.skipped.at(static_cast<std::size_t>(row.kind));
            continue;
        }
        if (const auto rejection = reading_.read(row)) {
            reject(row, *rejection);
        } else {
            add(row);
        }
        guarded([context = per_row_] { MemoryContextReset(context); });
    }
}

} // namespace recon::exchange
