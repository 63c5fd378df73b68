// Rows of mixed columns as features, and what these are called:
//
//   recon_features(row record [, roles jsonb]) -> float8[2][]: values, and the kind of each
//   recon_feature_names(row record [, roles jsonb]) -> text[]
//   recon_encode(model recon_model, features float8[]) -> float8[]: what the method sees
#include <cmath>
#include <limits>
#include <memory>

#include "core/models/date_parts.hpp"
#include "core/models/feature_kind.hpp"
#include "functions/models/fit_arguments.hpp"
#include "functions/models/model_argument.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/feature_number.hpp"
#include "postgres/memory.hpp"
#include "postgres/value_hash.hpp"

extern "C" {
#include "utils/timestamp.h"
#include "utils/typcache.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;
using models::FeatureKind;

constexpr double infinity = std::numeric_limits<double>::infinity();

// A moment: its day, and the hour of it where the type has one.
struct Moment {
    double day = models::missing_value; // infinite as the value may be
    double hour = models::missing_value;
};

Moment moment_of_time(TimeADT time) {
    return {models::missing_value, static_cast<double>(time) / static_cast<double>(USECS_PER_HOUR)};
}

// Of a time with zone: in UTC, so that it does not depend on who asks.
Moment moment_of(Datum value, Oid type) {
    if (type == TIMEOID) return moment_of_time(DatumGetTimeADT(value));
    if (type == DATEOID) {
        const DateADT day = DatumGetDateADT(value);
        if (DATE_IS_NOBEGIN(day)) return {-infinity, models::missing_value};
        if (DATE_IS_NOEND(day)) return {infinity, models::missing_value};
        return {static_cast<double>(day), models::missing_value};
    }
    const Timestamp at = DatumGetTimestamp(value);
    if (TIMESTAMP_IS_NOBEGIN(at)) return {-infinity, -infinity};
    if (TIMESTAMP_IS_NOEND(at)) return {infinity, infinity};
    const Timestamp day = at / USECS_PER_DAY - (at % USECS_PER_DAY < 0 ? 1 : 0);
    auto moment = moment_of_time(at - day * USECS_PER_DAY);
    moment.day = static_cast<double>(day);
    return moment;
}

bool is_moment(Oid type) noexcept {
    return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID || type == TIMEOID;
}

// What makes sense as a category without being asked to.
bool is_label(Oid type) {
    return guarded([=] {
        char category = 0;
        bool preferred = false;
        get_type_category_preferred(type, &category, &preferred);
        return category == TYPCATEGORY_STRING || category == TYPCATEGORY_ENUM || type == UUIDOID;
    });
}

enum class Role { amount, number, deviation, date, category, ignore };
const std::initializer_list<std::string_view> role_names{"amount", "number",   "deviation",
                                                         "date",   "category", "ignore"};

struct Column {
    int at;
    Role role;
    Oid type;
    FeatureNumber number = nullptr;
    ValueHash hash{};
};

// How rows of one shape become features.
class RowPlan {
  public:
    RowPlan(Oid type, std::int32_t modifier, std::span<const std::byte> roles, Datum roles_value,
            MemoryContext context)
        : type_(type), modifier_(modifier), identifier_(identifier_of(type, modifier)),
          roles_(roles.begin(), roles.end()) {
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
        if (roles_value != 0) {
            given = read_fit_options(
                roles_value, {.what = "roles", .example = R"({"id": "ignore", "z": "deviation"})"});
        }
        for (int at = 0; at < shape_->natts; ++at)
            if (!TupleDescAttr(shape_, at)->attisdropped) plan_column(at, given, context);
        given.expect_all_read();
        if (!names_.empty()) return;
        throw Error(ErrorKind::invalid_parameter, "no column of the row is a feature",
                    "All columns are to be ignored.", "Give one of them another role.");
    }

    // A type that was altered since then is another one.
    [[nodiscard]] bool is_for(Oid type, std::int32_t modifier,
                              std::span<const std::byte> roles) const {
        return type == type_ && modifier == modifier_ &&
               identifier_ == identifier_of(type, modifier) &&
               std::equal(roles.begin(), roles.end(), roles_.begin(), roles_.end());
    }

    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

    // Values, then kinds; until the next call.
    std::span<const double> read(HeapTupleHeader row) {
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

  private:
    static std::uint64_t identifier_of(Oid type, std::int32_t modifier) {
        return guarded([=] { return assign_record_type_identifier(type, modifier); });
    }

    void plan_column(int at, models::FitOptions& given, MemoryContext context) {
        const std::string name = NameStr(TupleDescAttr(shape_, at)->attname);
        Column column{at, Role::ignore, column_type(shape_, at)};
        column.number = feature_number(column.type);
        const bool moment = is_moment(column.type);
        std::string usual;
        if (column.number != nullptr) usual = column.type == BOOLOID ? "number" : "amount";
        if (moment) usual = "date";
        if (usual.empty() && is_label(column.type)) usual = "category";
        const auto chosen = given.choice(name, usual, role_names);
        if (chosen.empty()) {
            throw Error(ErrorKind::invalid_parameter,
                        "column \"" + name + "\" has no role of its own",
                        "Its type is " + type_name(column.type) + ".",
                        "Give it one: '{\"" + name + "\": \"ignore\"}' or \"category\".");
        }
        column.role = static_cast<Role>(std::find(role_names.begin(), role_names.end(), chosen) -
                                        role_names.begin());
        const bool fits = column.role == Role::date  ? moment
                          : column.role < Role::date ? column.number != nullptr
                                                     : true;
        if (!fits) {
            throw Error(ErrorKind::invalid_parameter,
                        "column \"" + name + "\" cannot have the role \"" + chosen + "\"",
                        "Its type is " + type_name(column.type) + ".",
                        "Cast the column, or give it the role \"category\" or \"ignore\".");
        }
        if (column.role == Role::ignore) return;
        if (column.role == Role::category) column.hash = ValueHash(column.type, context);
        name_features(name, column);
        columns_.push_back(column);
    }

    void name_features(const std::string& name, const Column& column) {
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

    void add(const Column& column, bool null, Datum value) {
        switch (column.role) {
        case Role::amount:
        case Role::number:
            line_.push_back(null ? models::missing_value : column.number(value));
            break;
        case Role::deviation:
            line_.push_back(null ? models::missing_value : std::asinh(column.number(value)));
            break;
        case Role::category:
            line_.push_back(null ? models::missing_value
                                 : models::category_code(column.hash(value)));
            break;
        case Role::date:
            add_moment(column.type, null ? Moment{} : moment_of(value, column.type));
            break;
        case Role::ignore:
            break;
        }
    }

    void add_moment(Oid type, const Moment& moment) {
        if (type != TIMEOID && std::isfinite(moment.day)) {
            const auto parts = models::date_parts(static_cast<series::Day>(moment.day));
            line_.insert(line_.end(), parts.begin(), parts.end());
        } else if (type != TIMEOID) {
            line_.insert(line_.end(), models::date_part_names.size(), moment.day);
        }
        if (type != DATEOID) line_.push_back(moment.hour);
    }

    Oid type_;
    std::int32_t modifier_;
    std::uint64_t identifier_; // of its columns
    std::vector<std::byte> roles_;
    TupleDesc shape_ = nullptr;
    std::vector<Column> columns_;
    std::vector<std::string> names_; // of the features
    std::vector<FeatureKind> kinds_;
    std::vector<Datum> datums_;
    std::unique_ptr<bool[]> nulls_;
    std::vector<double> line_;
};

struct PlanCache {
    std::unique_ptr<RowPlan> plan;
};

RowPlan& plan_for(FunctionCallInfo fcinfo, HeapTupleHeader row) {
    const Arguments arguments(fcinfo);
    auto* cache = static_cast<PlanCache*>(fcinfo->flinfo->fn_extra);
    if (cache == nullptr) {
        cache = make_in_context<PlanCache>(fcinfo->flinfo->fn_mcxt);
        fcinfo->flinfo->fn_extra = cache;
    }
    const Oid type = HeapTupleHeaderGetTypeId(row);
    const std::int32_t modifier = HeapTupleHeaderGetTypMod(row);
    const Datum value = arguments.is_null(1) ? 0 : arguments.datum(1);
    const auto roles = value == 0 ? std::span<const std::byte>() : bytes_of(value);
    if (cache->plan == nullptr || !cache->plan->is_for(type, modifier, roles)) {
        cache->plan =
            std::make_unique<RowPlan>(type, modifier, roles, value, fcinfo->flinfo->fn_mcxt);
    }
    return *cache->plan;
}

HeapTupleHeader row_argument(FunctionCallInfo fcinfo) {
    const Datum row = fcinfo->args[0].value;
    return guarded([=] { return DatumGetHeapTupleHeader(row); });
}

Datum row_features(FunctionCallInfo fcinfo) {
    fcinfo->isnull = fcinfo->args[0].isnull;
    if (fcinfo->isnull) return 0;
    HeapTupleHeader const row = row_argument(fcinfo);
    return make_float8_lines(plan_for(fcinfo, row).read(row), 2);
}

Datum feature_names(FunctionCallInfo fcinfo) {
    fcinfo->isnull = fcinfo->args[0].isnull;
    if (fcinfo->isnull) return 0;
    return make_text_array(plan_for(fcinfo, row_argument(fcinfo)).names());
}

Datum encode(FunctionCallInfo fcinfo) {
    const auto use = model_use(fcinfo);
    return make_float8_array(use.model->encode(use.features));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_features, recon::functions::row_features);
RECON_FUNCTION(recon_feature_names, recon::functions::feature_names);
RECON_FUNCTION(recon_encode, recon::functions::encode);
