// What every suggestion must be, whatever it was made from.
#pragma once

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/definition/column_roles.hpp"
#include "core/definition/definition_json.hpp"
#include "definition/sample_csv.hpp"

namespace recon::definition {

using Names = std::vector<std::string>;

inline const ColumnRole& role_of(const SuggestedDefinition& definition, const std::string& name) {
    for (const auto& column : definition.columns)
        if (column.name == name) return column;
    static const ColumnRole none;
    ADD_FAILURE() << "no column " << name;
    return none;
}

inline std::string role_word(const SuggestedDefinition& definition, const std::string& name) {
    return role_name(role_of(definition, name).role);
}

// The columns that have a role, sorted.
inline Names columns_of(const SuggestedDefinition& definition, Role role) {
    Names names;
    for (const auto& column : definition.columns)
        if (column.role == role) names.push_back(column.name);
    std::sort(names.begin(), names.end());
    return names;
}

inline Names sorted(Names names) {
    std::sort(names.begin(), names.end());
    return names;
}

// Every column has one role with a sentence; what the definition names exists and has that role.
inline void check_consistency(const Samples& samples, const SuggestedDefinition& definition) {
    ASSERT_EQ(definition.columns.size(), samples.size());
    std::set<std::string> names;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto& column = definition.columns[i];
        EXPECT_EQ(column.name, samples[i].name);
        names.insert(column.name);
        EXPECT_FALSE(column.reason.empty()) << column.name;
        EXPECT_EQ(column.reason.back(), '.') << column.reason;
        EXPECT_EQ(column.reason.find(".."), std::string::npos) << column.reason;
        EXPECT_TRUE(column.confidence >= 0 && column.confidence <= 1) << column.confidence;
    }
    const bool unique = names.size() == samples.size();
    const auto check = [&](const std::string& name, Role role) {
        EXPECT_TRUE(names.count(name)) << name;
        if (unique) {
            EXPECT_EQ(role_word(definition, name), role_name(role)) << name;
        }
    };
    for (const auto& name : definition.key_columns)
        check(name, Role::key);
    for (const auto& name : definition.derived_columns)
        check(name, Role::derived);
    for (const auto& name : definition.dimension_columns)
        check(name, Role::dimension);
    if (definition.date_column) check(*definition.date_column, Role::date);
    if (definition.comment_column) check(*definition.comment_column, Role::comment);
    if (definition.status_column) check(*definition.status_column, Role::status);
    if (definition.label_column) check(*definition.label_column, Role::label);
    if (definition.loaded_at_column) check(*definition.loaded_at_column, Role::loaded_at);
    if (definition.identity_column) check(*definition.identity_column, Role::identity);
    EXPECT_EQ(definition.criteria_columns.size() % 2, 0U);
    for (const auto& name : definition.criteria_columns) {
        EXPECT_TRUE(names.count(name)) << name;
        if (unique) {
            EXPECT_FALSE(role_of(definition, name).partner.empty()) << name;
        }
    }
    for (const auto& measure : definition.measures) {
        EXPECT_FALSE(measure.expression.empty());
        EXPECT_FALSE(measure.tolerance.empty());
        EXPECT_NE(definition.break_when.find(measure.break_when), std::string::npos);
        EXPECT_TRUE(std::isfinite(measure.tolerance_value.value_or(0)));
        EXPECT_LE(measure.rows_agreeing, measure.rows_compared);
    }
    for (const auto& note : definition.notes)
        EXPECT_EQ(note.back(), '.') << note;
    EXPECT_FALSE(definition.key_reason.empty());
    EXPECT_FALSE(definition.date_reason.empty());
    EXPECT_FALSE(definition.break_reason.empty());
    EXPECT_EQ(definition_json(definition).front(), '{');
}

inline SuggestedDefinition suggested(const Samples& samples, const SampleOrigin& origin = {}) {
    const auto definition = suggest_definition(samples, origin);
    check_consistency(samples, definition);
    return definition;
}

} // namespace recon::definition
