#include "functions/definition/source_sample.hpp"

#include <algorithm>

#include "core/base/interrupt.hpp"
#include "core/base/random.hpp"
#include "core/definition/definition_sql.hpp"

extern "C" {
#include "access/transam.h"
#include "catalog/pg_class.h"
}

namespace recon::functions {

using namespace recon::postgres;
using definition::ColumnSample;

namespace {

// The bounds of the sample: rows, values, and bytes of one value.
constexpr std::size_t most_rows = 10000;
constexpr std::size_t most_values = 1000000;
constexpr std::size_t fewest_rows = 500;
constexpr int longest_value = 256;

ColumnSample::Type type_of(Oid type) {
    switch (type) {
    case DATEOID:
        return ColumnSample::Type::date;
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
        return ColumnSample::Type::timestamp;
    case BOOLOID:
        return ColumnSample::Type::boolean;
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case FLOAT4OID:
    case FLOAT8OID:
    case NUMERICOID:
        return ColumnSample::Type::numeric;
    case JSONOID:
    case JSONBOID:
    case XMLOID:
    case BYTEAOID:
        return ColumnSample::Type::json;
    default:
        break;
    }
    const char category = guarded([=] {
        char found = 0;
        bool preferred = false;
        get_type_category_preferred(type, &found, &preferred);
        return found;
    });
    return category == TYPCATEGORY_STRING ? ColumnSample::Type::text : ColumnSample::Type::other;
}

std::string value_of(Oid type, const ColumnSample& sample, const std::string& name) {
    // Documents are only counted.
    if (sample.type == ColumnSample::Type::json) {
        return "CASE WHEN " + name + " IS NOT NULL THEN '{}' END";
    }
    // A cast of a user's type can be a function of that user; its output function cannot.
    const std::string text =
        type < FirstNormalObjectId
            ? "(" + name + ")::text"
            : "CASE WHEN num_nulls(" + name + ") = 0 THEN format('%s', " + name + ") END";
    return "left(" + text + ", " + std::to_string(longest_value) + ")";
}

std::string column_name(int at) {
    return "value_" + std::to_string(at);
}

} // namespace

SourceSample::SourceSample(const Source& source) : source_(source), limit_(most_rows) {
    for (int i = 0; i < source.count; ++i) {
        const auto& column = source.columns[i];
        samples_.push_back({NameStr(column.name), type_of(column.type), {}});
        const std::string name = definition::quote_identifier(samples_.back().name);
        select_ += (i == 0 ? "SELECT " : ", ") + value_of(column.type, samples_.back(), name) +
                   " AS " + column_name(i);
    }
    const std::size_t columns = std::max<std::size_t>(samples_.size(), 1);
    limit_ = std::clamp(most_values / columns, fewest_rows, most_rows);
}

void SourceSample::read() {
    if (samples_.empty()) return;
    if (source_.kind == RELKIND_PARTITIONED_TABLE || source_.has_blocks) measure_blocks();
    const bool placed = blocks_ > 0;
    const std::string from = std::string(" FROM ") + source_.qualified;
    query_.run(select_ + (placed ? ", ctid::text AS place" : "") + from + " LIMIT " +
                   std::to_string(limit_),
               {}, true);
    const std::size_t rows = query_.rows();
    origin_.complete = rows < limit_;
    const std::size_t neighbours = origin_.complete || !placed ? rows : limit_ / 2;
    const double density = placed && !origin_.complete ? rows_per_block(rows) : 0;
    take(neighbours);
    origin_.scattered_from = neighbours;
    origin_.total_rows = static_cast<double>(rows);
    if (origin_.complete || !placed) return;
    origin_.total_rows = density * static_cast<double>(blocks_);
    query_.run(select_ + from + " WHERE ctid = ANY (" + places(density) + ")", {}, true);
    take(query_.rows());
}

void SourceSample::take(std::size_t rows) {
    std::vector<Column> columns;
    columns.reserve(static_cast<std::size_t>(source_.count));
    for (int i = 0; i < source_.count; ++i)
        columns.push_back(query_.column(column_name(i).c_str()));
    for (std::size_t row = 0; row < rows; ++row) {
        if (row % 64 == 0) poll_interrupt();
        for (std::size_t c = 0; c < samples_.size(); ++c)
            samples_[c].values.push_back(query_.optional_text(row, columns[c]));
    }
}

void SourceSample::measure_blocks() {
    const std::string oid =
        std::string(definition::quote_literal(source_.qualified)) + "::regclass";
    const std::string size = "pg_relation_size(c.oid) / current_setting('block_size')::int8";
    const std::string which = source_.has_blocks
                                  ? "FROM pg_class c WHERE c.oid = " + oid
                                  : "FROM pg_partition_tree(" + oid +
                                        ") t JOIN pg_class c ON c.oid = t.relid WHERE t.isleaf "
                                        "HAVING bool_and(c.relkind = 'r' AND c.relam = 2)";
    query_.run("SELECT coalesce(sum(" + size + "), 0)::int8 AS all_blocks, coalesce(max(" + size +
                   "), 0)::int8 AS most_blocks " + which,
               {}, true);
    if (query_.rows() == 0) return;
    blocks_ = DatumGetUInt64(query_.value("all_blocks"));
    most_blocks_ = DatumGetUInt64(query_.value("most_blocks"));
}

double SourceSample::rows_per_block(std::size_t rows) const {
    std::size_t blocks = 0;
    std::string last;
    const auto column = query_.column("place");
    for (std::size_t row = 0; row < rows; ++row) {
        auto place = query_.text(row, column);
        place.resize(std::min(place.size(), place.find(',')));
        if (place != last) ++blocks;
        last = std::move(place);
    }
    return blocks > 0 ? static_cast<double>(rows) / static_cast<double>(blocks) : 1;
}

std::string SourceSample::places(double density) const {
    constexpr std::uint64_t seed = 0x7265636f6e;
    Random random(seed);
    const double share = static_cast<double>(most_blocks_) / static_cast<double>(blocks_);
    const auto half = limit_ / 2;
    const auto wanted = static_cast<std::size_t>(static_cast<double>(half) * share) + 1;
    const auto lines = std::max<std::uint64_t>(static_cast<std::uint64_t>(density), 1);
    std::string list = "'{";
    for (std::size_t i = 0; i < wanted; ++i) {
        const auto block = random.below(most_blocks_);
        const auto line = 1 + random.below(lines);
        list +=
            (i == 0 ? "\"(" : ",\"(") + std::to_string(block) + "," + std::to_string(line) + ")\"";
    }
    return list + "}'::tid[]";
}

} // namespace recon::functions
