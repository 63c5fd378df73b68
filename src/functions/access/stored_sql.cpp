// Stored SQL is code that one person writes and another's job runs. Here it is checked when it is
// defined, and run as its owner in a security-restricted operation.
#include "functions/access/expression_check.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/query.hpp"
#include "postgres/roles.hpp"

#include "core/base/error.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

[[noreturn]] void refuse(const std::string& what, const std::string& expression, const char* why,
                         const char* hint) {
    throw Error(ErrorKind::invalid_parameter, what + " " + why, "The expression is: " + expression,
                hint);
}

// recon.check_expression(relation, expression, what, reader, text_amounts). Looking at an
// expression can run code: a literal of a user's type goes through the checks of that type. So it
// is looked at as it will run: as the reader, in a security-restricted operation, with names looked
// up in pg_catalog only, so that nobody can put a function of the same name in front.
Datum checked_expression(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const Oid relation = DatumGetObjectId(arguments.datum(0));
    const std::string expression = arguments.text(1);
    const std::string what = arguments.text(2);
    const std::string reader = NameStr(*DatumGetName(arguments.datum(3)));
    const char* const text = expression.c_str();
    const auto given = text_array(arguments.datum(4));
    std::vector<const char*> texts;
    texts.reserve(given.size());
    for (const auto& one : given)
        texts.push_back(one ? one->c_str() : "");
    TextAmounts amounts{texts.data(), static_cast<int>(texts.size())};
    auto* const of_columns = &amounts;
    RoleScope as_reader(role_named(reader), RoleScope::Mode::restricted);
    const Checked checked = guarded([=] { return check_expression(text, relation, of_columns); });
    as_reader.finish();
    switch (checked.refusal) {
    case Refusal::not_one_expression:
        refuse(what, expression, "must be one scalar expression",
               "Write a condition over the source's columns, such as abs(difference) > 1.");
    case Refusal::not_boolean:
        refuse(what, expression, "must be true or false",
               "Write a condition over the source's columns, such as abs(difference) > 1.");
    case Refusal::subquery:
        refuse(what, expression, "must not contain a subquery",
               "Put the subquery into a view and use the view as the source.");
    case Refusal::volatile_function:
        refuse(what, expression, "must not call a volatile function",
               "The same row must give the same answer whenever it is judged.");
    case Refusal::not_a_column:
        refuse(what, expression, "must name columns of the source only",
               "The row as a whole and system columns are no such columns.");
    case Refusal::none:
        break;
    }
    return make_text(checked.qualified);
}

// A stored condition, looked at as it was checked.
Checked checked_again(const Arguments& arguments) {
    const Oid relation = DatumGetObjectId(arguments.datum(0));
    const std::string condition = arguments.text(1);
    const std::string reader = NameStr(*DatumGetName(arguments.datum(2)));
    const char* const text = condition.c_str();
    TextAmounts none{nullptr, 0};
    auto* const no_amounts = &none;
    RoleScope as_reader(role_named(reader), RoleScope::Mode::restricted);
    const Checked checked = guarded([=] { return check_expression(text, relation, no_amounts); });
    as_reader.finish();
    return checked;
}

// recon.is_immutable(relation, condition, reader)
Datum is_immutable(FunctionCallInfo fcinfo) {
    const Checked checked = checked_again(Arguments(fcinfo));
    return BoolGetDatum(checked.refusal == Refusal::none && checked.immutable);
}

// recon.columns_named(relation, condition, reader)
Datum named_columns(FunctionCallInfo fcinfo) {
    const Checked checked = checked_again(Arguments(fcinfo));
    fcinfo->isnull = checked.columns == nullptr;
    return PointerGetDatum(checked.columns);
}

// recon.text_as(role, statement)
Datum text_as(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const std::string role = NameStr(*DatumGetName(arguments.datum(0)));
    const std::string statement = arguments.text(1);
    RoleScope as_role(role_named(role), RoleScope::Mode::restricted);
    Query query;
    query.run(statement, {}, true);
    std::optional<std::string> answer;
    if (query.rows() > 0) answer = query.optional_text(0, query.first_column());
    query.finish();
    as_role.finish();
    if (!answer) {
        fcinfo->isnull = true;
        return 0;
    }
    return make_text(*answer);
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_check_expression, recon::functions::checked_expression);
RECON_FUNCTION(recon_is_immutable, recon::functions::is_immutable);
RECON_FUNCTION(recon_columns_named, recon::functions::named_columns);
RECON_FUNCTION(recon_text_as, recon::functions::text_as);
