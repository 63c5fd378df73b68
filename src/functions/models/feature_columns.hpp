// How rows of one shape become features.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/models/feature_kind.hpp"
#include "core/models/fit_options.hpp"
#include "postgres/feature_number.hpp"
#include "postgres/guard.hpp"
#include "postgres/value_hash.hpp"

namespace recon::functions {

class FeatureColumns {
  public:
    // Of a row type, with the roles given as jsonb (0: none). Memory is taken from `context`.
    FeatureColumns(Oid type, std::int32_t modifier, Datum roles, MemoryContext context);

    // A type that was altered since then is another one.
    [[nodiscard]] bool is_for(Oid type, std::int32_t modifier, Datum roles) const;
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

    // Values, then kinds; until the next call.
    std::span<const double> read(HeapTupleHeader row);

  private:
    enum class Role { amount, number, deviation, date, category, ignore };
    static const std::initializer_list<std::string_view> role_names;

    struct Column {
        int at = 0;
        Role role = Role::ignore;
        Oid type = InvalidOid;
        postgres::FeatureNumber number = nullptr;
        postgres::ValueHash hash{};
    };

    void plan_column(int at, models::FitOptions& given, MemoryContext context);
    [[nodiscard]] Role role_of(const Column& column, const std::string& name,
                               models::FitOptions& given) const;
    void name_features(const std::string& name, const Column& column);
    void add(const Column& column, bool null, Datum value);

    Oid type_;
    std::int32_t modifier_;
    std::uint64_t identifier_; // of its columns
    std::vector<std::byte> roles_;
    TupleDesc shape_ = nullptr;
    std::vector<Column> columns_;
    std::vector<std::string> names_; // of the features
    std::vector<models::FeatureKind> kinds_;
    std::vector<Datum> datums_;
    std::unique_ptr<bool[]> nulls_;
    std::vector<double> line_;
};

} // namespace recon::functions
