#include "functions/models/feature_columns.hpp"

#include <algorithm>
#include <cmath>

#include "core/models/date_parts.hpp"
#include "core/models/rows.hpp"
#include "functions/models/feature_moment.hpp"
#include "functions/models/fit_arguments.hpp"
#include "postgres/datums.hpp"

extern "C" {
#include "utils/typcache.h"
}

namespace recon::functions {

using namespace recon::postgres;
using models::FeatureKind;

namespace {

// What makes sense as a category without being asked to.
bool is_label(Oid type) {
    return guarded([=] {
        char category = 0;
        bool preferred = false;
        get_type_category_preferred(type, &category, &preferred);
        return category == TYPCATEGORY_STRING || category == TYPCATEGORY_ENUM || type == UUIDOID;
    });
}

std::uint64_t identifier_of(Oid type, std::int32_t modifier) {
    return guarded([=] { return assign_record_type_identifier(type, modifier); });
}

std::span<const std::byte> bytes_of_roles(Datum roles) {
    return roles == 0 ? std::span<const std::byte>() : bytes_of(roles);
}

} // namespace

const std::initializer_list<std::string_view> FeatureColumns::role_names{
    "amount", "number", "deviation", "date", "category", "ignore"};

FeatureColumns::FeatureColumns(Oid type, std::int32_t modifier, Datum roles, MemoryContext context)
    : type_(type), modifier_(modifier), identifier_(identifier_of(type, modifier)) {
    const auto bytes = bytes_of_roles(roles);
    roles_.assign(bytes.begin(), bytes.end());
    shape_ = guarded([=] {
        const MemoryContext before = MemoryContextSwitchTo(context);
        TupleDesc copied = lookup_rowtype_tupdesc_copy(type, modifier);
        MemoryContextSwitchTo(before);
        return copied;
    });
    const auto count = static_cast<std::size_t>(shape_->natts);
    datums_.resize(count);
    nulls_ = std::make_unique<bool[]>(count);
    models::FitOptions given;
    if (roles != 0) {
        given = read_fit_options(
            roles, {.what = "roles", .example = R"({"id": "ignore", "z": "deviation"})"});
    }
    for (int at = 0; at < shape_->natts; ++at)
        if (!TupleDescAttr(shape_, at)->attisdropped) plan_column(at, given, context);
    given.expect_all_read();
    if (!names_.empty()) return;
    throw Error(ErrorKind::invalid_parameter, "no column of the row is a feature",
                "All columns are to be ignored.", "Give one of them another role.");
}

bool FeatureColumns::is_for(Oid type, std::int32_t modifier, Datum roles) const {
    const auto bytes = bytes_of_roles(roles);
    return type == type_ && modifier == modifier_ && identifier_ == identifier_of(type, modifier) &&
           std::equal(bytes.begin(), bytes.end(), roles_.begin(), roles_.end());
}

std::span<const double> FeatureColumns::read(HeapTupleHeader row) {
    HeapTupleData tuple{};
    tuple.t_len = HeapTupleHeaderGetDatumLength(row);
    tuple.t_data = row;
    HeapTuple const at = &tuple;
    TupleDesc const shape = shape_;
    Datum* const datums = datums_.data();
    bool* const nulls = nulls_.get();
    guarded([=] { heap_deform_tuple(at, shape, datums, nulls); });
    line_.clear();
    for (const auto& column : columns_)
        add(column, nulls[column.at], datums[column.at]);
    for (const auto kind : kinds_)
        line_.push_back(static_cast<double>(kind));
    return line_;
}

void FeatureColumns::plan_column(int at, models::FitOptions& given, MemoryContext context) {
    const std::string name = NameStr(TupleDescAttr(shape_, at)->attname);
    Column column{at, Role::ignore, column_type(shape_, at)};
    column.number = feature_number(column.type);
    column.role = role_of(column, name, given);
    if (column.role == Role::ignore) return;
    if (column.role == Role::category) column.hash = ValueHash(column.type, context);
    name_features(name, column);
    columns_.push_back(column);
}

// The one that is given, or the one that suits the type.
FeatureColumns::Role FeatureColumns::role_of(const Column& column, const std::string& name,
                                             models::FitOptions& given) const {
    const bool moment = is_moment(column.type);
    std::string usual;
    if (column.number != nullptr) usual = column.type == BOOLOID ? "number" : "amount";
    if (moment) usual = "date";
    if (usual.empty() && is_label(column.type)) usual = "category";
    const auto chosen = given.choice(name, usual, role_names);
    if (chosen.empty()) {
        throw Error(ErrorKind::invalid_parameter, "column \"" + name + "\" has no role of its own",
                    "Its type is " + type_name(column.type) + ".",
                    "Give it one: '{\"" + name + "\": \"ignore\"}' or \"category\".");
    }
    const auto role = static_cast<Role>(std::find(role_names.begin(), role_names.end(), chosen) -
                                        role_names.begin());
    const bool fits = role == Role::date  ? moment
                      : role < Role::date ? column.number != nullptr
                                          : true;
    if (!fits) {
        throw Error(ErrorKind::invalid_parameter,
                    "column \"" + name + "\" cannot have the role \"" + chosen + "\"",
                    "Its type is " + type_name(column.type) + ".",
                    "Cast the column, or give it the role \"category\" or \"ignore\".");
    }
    return role;
}

void FeatureColumns::name_features(const std::string& name, const Column& column) {
    if (column.role == Role::date) {
        if (column.type != TIMEOID) {
            for (const auto part : models::date_part_names)
                names_.push_back(name + " " + std::string(part));
        }
        if (column.type != DATEOID) names_.push_back(name + " hour");
    } else {
        names_.push_back(name);
    }
    kinds_.resize(names_.size(), column.role == Role::amount     ? FeatureKind::amount
                                 : column.role == Role::category ? FeatureKind::category
                                                                 : FeatureKind::number);
}

void FeatureColumns::add(const Column& column, bool null, Datum value) {
    switch (column.role) {
    case Role::amount:
    case Role::number:
        line_.push_back(null ? models::missing_value : column.number(value));
        break;
    case Role::deviation:
        line_.push_back(null ? models::missing_value : std::asinh(column.number(value)));
        break;
    case Role::category:
        line_.push_back(null ? models::missing_value : models::category_code(column.hash(value)));
        break;
    case Role::date:
        add_moment(line_, column.type, null ? Moment{} : moment_of(value, column.type));
        break;
    case Role::ignore:
        break;
    }
}

} // namespace recon::functions
