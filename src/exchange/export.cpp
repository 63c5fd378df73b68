#include "exchange/export.hpp"

#include <memory>

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "exchange/owner_query.hpp"
#include "formats/csv/write_csv.hpp"
#include "formats/json/write_json.hpp"
#include "formats/xlsx/write_xlsx.hpp"
#include "postgres/cursor.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"
#include "postgres/roles.hpp"

namespace recon::exchange {

using namespace recon::postgres;
using formats::OutColumn;

namespace {

std::vector<OutColumn> columns_of(const JsonValue& plan) {
    std::vector<OutColumn> columns;
    for (const auto& column : plan.at("columns").elements()) {
        OutColumn out;
        out.header = column.at("header").text();
        out.kind =
            formats::kind_named(column.at("type").text()).value_or(formats::ColumnKind::text);
        if (const auto choices = column.find("choices")) {
            for (const auto& choice : choices->elements()) {
                out.choices.push_back(choice.text());
            }
        }
        columns.push_back(std::move(out));
    }
    return columns;
}

std::unique_ptr<formats::TableWriter> writer_of(const std::string& format,
                                                const std::vector<OutColumn>& columns,
                                                const std::string& sheet) {
    if (format == "csv") return std::make_unique<formats::CsvWriter>(columns);
    if (format == "json") return std::make_unique<formats::JsonRowsWriter>(columns);
    if (format == "xlsx") return std::make_unique<formats::XlsxWriter>(columns, sheet);
    throw Error(ErrorKind::invalid_parameter, "format \"" + format + "\" does not exist", "",
                "Use one of csv, json, xlsx.");
}

// The first column says whether the row is highlighted; all are text.
void write_rows(Query& query, const std::string& statement, formats::TableWriter& writer) {
    Cursor cursor(query, statement);
    MemoryContext const per_row = guarded([] {
        return AllocSetContextCreate(CurrentMemoryContext, "a row of an export",
                                     ALLOCSET_DEFAULT_SIZES);
    });
    const auto width = static_cast<std::size_t>(cursor.shape()->natts);
    std::vector<std::string> texts(width);
    formats::OutRow row(width - 1);
    const auto take = [&](const Datum* values, const bool* nulls) {
        poll_interrupt();
        const ContextScope here(per_row);
        for (std::size_t i = 1; i < width; ++i) {
            row[i - 1].reset();
            if (nulls[i]) continue;
            texts[i] = text_of(values[i]);
            row[i - 1] = texts[i];
        }
        writer.add(row, !nulls[0] && text_of(values[0]) == "t");
        guarded([=] { MemoryContextReset(per_row); });
    };
    constexpr long rows_at_a_time = 1000;
    while (cursor.fetch(rows_at_a_time, take) > 0) {
    }
}

} // namespace

std::string export_run(std::int64_t run, const std::string& format) {
    const Parameter parameters[] = {int8_parameter(run)};
    const auto plan =
        ask_as_owner("SELECT recon.export_plan($1) AS answer", parameters, "the plan of an export");
    const auto columns = columns_of(plan);
    const auto writer = writer_of(format, columns, plan.at("sheet").text());
    RoleScope as_caller(guarded([] { return GetUserId(); }), RoleScope::Mode::restricted);
    Query query;
    write_rows(query, plan.at("statement").text(), *writer);
    query.finish();
    as_caller.finish();
    return writer->finish();
}

} // namespace recon::exchange
