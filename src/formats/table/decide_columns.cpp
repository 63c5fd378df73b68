#include "formats/table/decide_columns.hpp"

namespace recon::formats {
namespace {

void take_decimal(ColumnProfile& column, char decimal, const std::string& why) {
    column.decimal = decimal;
    column.question.clear();
    column.confidence = 0.9;
    column.evidence += "; decimal sign " + why;
}

void take_order(ColumnProfile& column, DateOrder order, const std::string& why) {
    column.order = order;
    column.question.clear();
    column.confidence = 0.9;
    column.evidence += "; order " + why;
}

// The answer that the columns which have one agree on.
std::optional<char> agreed_decimal(const std::vector<ColumnScan>& scans,
                                   const std::vector<ColumnProfile>& columns) {
    std::optional<char> agreed;
    for (std::size_t c = 0; c < columns.size(); ++c) {
        const bool says = columns[c].kind == ColumnKind::number && columns[c].question.empty() &&
                          scans[c].decimals().has_separator() &&
                          !scans[c].decimals().is_ambiguous();
        if (!says || scans[c].decimals().witness().empty()) continue;
        if (agreed && *agreed != columns[c].decimal) return std::nullopt;
        agreed = columns[c].decimal;
    }
    return agreed;
}

std::optional<DateOrder> agreed_order(const std::vector<ColumnProfile>& columns) {
    std::optional<DateOrder> agreed;
    for (const auto& column : columns) {
        const bool is_date =
            column.kind == ColumnKind::date || column.kind == ColumnKind::timestamp;
        const bool says =
            column.order == DateOrder::day_month_year || column.order == DateOrder::month_day_year;
        if (!is_date || !column.question.empty() || !says) continue;
        if (agreed && *agreed != column.order) return std::nullopt;
        agreed = column.order;
    }
    return agreed;
}

} // namespace

std::vector<ColumnProfile> decide_columns(const std::vector<ColumnScan>& scans,
                                          const std::vector<std::string>& headers,
                                          const SniffOptions& options) {
    std::vector<ColumnProfile> columns;
    for (std::size_t c = 0; c < scans.size(); ++c) {
        columns.push_back(scans[c].decide(headers[c]));
    }
    const auto decimal = agreed_decimal(scans, columns);
    const auto order = agreed_order(columns);
    for (std::size_t c = 0; c < columns.size(); ++c) {
        auto& column = columns[c];
        for (const auto& [header, kind] : options.types) {
            if (header != column.header) continue;
            column.kind = kind;
            column.question.clear();
            column.confidence = 1;
            column.evidence = "given";
            if (const auto sign = scans[c].decimals().decimal()) column.decimal = *sign;
            if (const auto dated = scans[c].order().order()) column.order = *dated;
        }
        const bool is_date =
            column.kind == ColumnKind::date || column.kind == ColumnKind::timestamp;
        if (column.kind == ColumnKind::number) {
            if (options.decimal) {
                take_decimal(column, *options.decimal, "given");
            } else if (!column.question.empty() && decimal) {
                take_decimal(column, *decimal, "as in the other columns");
            }
            if (options.debit) column.debit = *options.debit;
        } else if (is_date && column.order < DateOrder::serial_1900) {
            if (options.date_order && scans[c].order().allows(*options.date_order)) {
                take_order(column, *options.date_order, "given");
            } else if (!column.question.empty() && order && scans[c].order().allows(*order)) {
                take_order(column, *order, "as in the other columns");
            }
        } else if (is_date && options.date_order && *options.date_order >= DateOrder::serial_1900) {
            take_order(column, *options.date_order, "given");
        }
    }
    return columns;
}

void describe_columns(Sniffed& found) {
    for (const auto& column : found.profile.columns) {
        std::string value(kind_name(column.kind));
        if (column.kind == ColumnKind::number) {
            value += std::string(", decimal sign ") + column.decimal;
        } else if (column.kind != ColumnKind::text) {
            value += ", " + std::string(order_name(column.order));
        }
        if (!column.question.empty()) value = "not decided";
        found.findings.push_back({"column " + column.header, value, column.confidence,
                                  column.question.empty() ? column.evidence : column.question});
    }
}

} // namespace recon::formats
