// Other reconciliations than those of the test data, made by hand, and odd input.
#include "definition/sample_checks.hpp"

namespace recon::definition {
namespace {

// A table that is filled row by row.
class Table {
  public:
    explicit Table(const Names& names) {
        for (const auto& name : names)
            samples_.push_back({name, ColumnSample::Type::text, {}});
    }
    Table& type(const std::string& name, ColumnSample::Type type) {
        find_sample(samples_, name)->type = type;
        return *this;
    }
    // Empty is NULL.
    void row(const Names& values) {
        for (std::size_t i = 0; i < samples_.size(); ++i)
            samples_[i].values.push_back(values[i].empty() ? std::nullopt
                                                           : std::optional(values[i]));
    }
    [[nodiscard]] const Samples& samples() const { return samples_; }

  private:
    Samples samples_;
};

std::string money(double value) {
    return number_text(std::round(value * 100) / 100);
}

std::string business_day(int n) {
    return iso_date(day_of({2024, 1, 1}) + n / 5 * 7 + n % 5);
}

std::string us_date(const std::string& iso) {
    return iso.substr(5, 2) + "/" + iso.substr(8, 2) + "/" + iso.substr(0, 4);
}

std::string german_date(const std::string& iso) {
    return iso.substr(8, 2) + "." + iso.substr(5, 2) + "." + iso.substr(0, 4);
}

TEST(Shapes, CashWithReferenceAndRemark) {
    Table table({"value_date", "account", "ccy", "statement_amount", "ledger_amount", "reference",
                 "remark"});
    Random random(1);
    int reference = 0;
    for (int day = 0; day < 40; ++day) {
        for (const auto& [account, ccy] : {std::pair{"CH93-001", "CHF"}, {"DE11-002", "EUR"}}) {
            for (int n = 0; n < 2; ++n) {
                const double amount = 1e5 * (random.uniform() - 0.5);
                const bool breaks = random.below(10) == 0;
                table.row({business_day(day), account, ccy, money(amount),
                           n == 1 && day % 17 == 3 ? "" : money(breaks ? amount + 7 : amount),
                           numbered("REF", ++reference), breaks ? "bank fee" : ""});
            }
        }
    }
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.key_columns, (Names{"account", "ccy"}));
    EXPECT_EQ(d.identity_column, "reference");
    EXPECT_EQ(d.date_column, "value_date");
    EXPECT_EQ(d.currency_column, "ccy");
    EXPECT_EQ(d.comment_column, "remark");
    // The ledger is the nearer side, whatever the order of the columns.
    EXPECT_EQ(d.criteria_columns, (Names{"ledger_amount", "statement_amount"}));
    EXPECT_NE(d.key_reason.find("\"reference\" is not in the key"), std::string::npos);
}

TEST(Shapes, PositionsWithTwoMeasures) {
    Table table({"isin", "security_name", "portfolio", "custodian_qty", "own_qty",
                 "price_custodian", "price_own", "position_date", "loaded_at"});
    table.type("loaded_at", ColumnSample::Type::timestamp);
    Random random(2);
    for (int day = 0; day < 30; ++day) {
        for (const char* portfolio : {"GROWTH", "INCOME"}) {
            for (const auto& [isin, name] : {std::pair{"US0378331005", "Apple Inc"},
                                             {"CH0038863350", "Nestle SA"},
                                             {"GB0002374006", "Diageo Plc"}}) {
                const double quantity = 100.0 * static_cast<double>(random.below(90));
                const double price = 20 + 300 * random.uniform();
                const bool off = random.below(12) == 0;
                table.row({isin, name, portfolio, number_text(off ? quantity + 50 : quantity),
                           number_text(quantity), money(price), money(off ? price + 0.01 : price),
                           german_date(business_day(day)), business_day(day) + " 06:00:00"});
            }
        }
    }
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.key_columns, (Names{"isin", "portfolio"}));
    EXPECT_EQ(role_word(d, "security_name"), "dimension");
    EXPECT_EQ(d.date_column, "position_date");
    EXPECT_EQ(d.date_format, "DD.MM.YYYY");
    EXPECT_EQ(d.loaded_at_column, "loaded_at");
    ASSERT_EQ(d.measures.size(), 2U);
    EXPECT_EQ(d.criteria_columns,
              (Names{"own_qty", "custodian_qty", "price_own", "price_custodian"}));
    EXPECT_EQ(d.measures[0].name, "quantity_difference");
    EXPECT_EQ(d.measures[0].tolerance_value, 0.5);
    EXPECT_EQ(d.measures[1].tolerance_value, 0.005);
    EXPECT_NE(d.break_when.find(" OR "), std::string::npos);
}

TEST(Shapes, PaymentIdsNeverComeBack) {
    Table table({"payment_id", "counterparty", "account", "currency", "amount_ours",
                 "amount_theirs", "payment_date", "status"});
    Random random(3);
    const Names parties = {"ACME AG", "Globex", "Initech", "Umbrella", "Hooli"};
    for (int i = 0; i < 400; ++i) {
        const double amount = 10 + 90000 * random.uniform();
        const bool breaks = random.below(12) == 0;
        table.row({numbered("P", 100000 + i), parties[random.below(5)],
                   "100" + std::to_string(random.below(3)), random.below(2) ? "USD" : "EUR",
                   money(amount), money(breaks ? amount + 40 : amount),
                   us_date(business_day(static_cast<int>(random.below(40)))),
                   breaks ? "Unmatched" : "Matched"});
    }
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.key_columns, (Names{"counterparty", "account", "currency"}));
    EXPECT_EQ(d.identity_column, "payment_id");
    EXPECT_EQ(role_word(d, "payment_id"), "identity");
    EXPECT_EQ(d.date_format, "MM/DD/YYYY");
    EXPECT_EQ(d.criteria_columns, (Names{"amount_ours", "amount_theirs"}));
    EXPECT_EQ(d.status_column, "status");
    EXPECT_NE(d.break_reason.find("smallest it calls a break 40"), std::string::npos);
}

// With nothing else to go by, an identifier that never repeats has to do, and that is said.
TEST(Shapes, OnlyAPaymentId) {
    Table table({"payment_id", "value_date", "source_amount", "target_amount"});
    for (int i = 0; i < 60; ++i)
        table.row({numbered("P", i), business_day(i / 4), "100", "100"});
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.key_columns, (Names{"payment_id"}));
    EXPECT_LT(d.key_confidence, 0.5);
    EXPECT_FALSE(d.identity_column);
    EXPECT_NE(d.key_reason.find("no other column identifies anything"), std::string::npos);
}

TEST(Shapes, WithoutAnyDate) {
    Table table({"Client", "Product", "Expected Fee", "Actual Fee", "Note"});
    for (int client = 0; client < 30; ++client)
        for (const char* product : {"CUSTODY", "ADVICE"})
            table.row({numbered("C", client), product, std::to_string(200 + client),
                       std::to_string(200 + client + (client % 7 == 0 ? 10 : 0)), ""});
    const auto d = suggested(table.samples());
    EXPECT_FALSE(d.date_column);
    EXPECT_FALSE(d.date_format);
    EXPECT_TRUE(d.date_expression.empty());
    EXPECT_EQ(d.key_columns, (Names{"Client", "Product"}));
    EXPECT_EQ(d.criteria_columns, (Names{"Expected Fee", "Actual Fee"}));
    EXPECT_EQ(d.comment_column, "Note");
}

TEST(Shapes, TextsOnly) {
    Table table({"isin", "as_of_date", "system_a_issuer", "system_b_issuer", "country_a",
                 "country_b", "maturity_a", "maturity_b"});
    table.type("as_of_date", ColumnSample::Type::date);
    for (int day = 0; day < 10; ++day)
        for (int i = 0; i < 20; ++i)
            table.row({numbered("XS", 1000 + i), business_day(day), numbered("Issuer ", i),
                       (i + day) % 9 ? numbered("Issuer ", i) : "ISSUER", i % 2 ? "DE" : "FR",
                       i % 2 ? "DE" : "FR", "2030-06-15", i % 5 ? "2030-06-15" : "2031-06-15"});
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.key_columns, (Names{"isin"}));
    EXPECT_TRUE(d.measures.empty());
    EXPECT_EQ(d.criteria_columns.size(), 6U);
    EXPECT_EQ(role_of(d, "country_b").partner, "country_a");
    EXPECT_NE(d.break_when.find("nullif(btrim(\"country_a\"), '') IS DISTINCT FROM "
                                "nullif(btrim(\"country_b\"), '')"),
              std::string::npos);
}

// Names of no known language: values alone.
TEST(Shapes, ValuesAlone) {
    Table table({"k", "foo", "bar", "baz", "when"});
    Random random(4);
    for (int day = 0; day < 30; ++day)
        for (const char* key : {"A", "B", "C"}) {
            const double x = 1000 + static_cast<double>(random.below(90000));
            const double y =
                random.below(10) < 7 ? x : x + 1 + static_cast<double>(random.below(50));
            table.row({key, number_text(x), number_text(y), number_text(y - x), business_day(day)});
        }
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.key_columns, (Names{"k"}));
    EXPECT_EQ(d.date_column, "when");
    EXPECT_EQ(d.criteria_columns, (Names{"bar", "foo"}));
    EXPECT_EQ(d.derived_columns, (Names{"baz"}));
}

TEST(Shapes, OtherLanguageAndDecimalCommas) {
    Table table({"Stichtag", "Konto", "Saldo Hauptbuch", "Saldo Nebenbuch", "Differenz"});
    Random random(5);
    const auto german = [](double value) {
        const bool negative = value < 0;
        const auto cents = static_cast<long long>(std::llround(std::fabs(value) * 100));
        const auto thousands = cents / 100000;
        std::string text = std::to_string(cents % 100000 / 100);
        if (thousands > 0)
            text = std::to_string(thousands) + "." + std::string(3 - text.size(), '0') + text;
        const auto rest = std::to_string(cents % 100);
        return (negative ? "-" : "") + text + "," + (rest.size() < 2 ? "0" : "") + rest;
    };
    for (int day = 0; day < 30; ++day)
        for (const char* key : {"4711", "4712", "4713"}) {
            const double x = std::round(1e6 + 1e7 * random.uniform()) / 100;
            const double y = random.below(5) ? x : x - std::round(1e4 * random.uniform()) / 100;
            table.row({german_date(business_day(day)), key, german(x), german(y), german(x - y)});
        }
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.date_column, "Stichtag");
    EXPECT_EQ(d.key_columns, (Names{"Konto"}));
    EXPECT_EQ(d.derived_columns, (Names{"Differenz"}));
    EXPECT_EQ(d.measures[0].expression, "\"Differenz\"");
    ASSERT_EQ(d.decimal_signs.size(), 4U); // the account too is digits, as far as its content goes
    for (const auto& [name, sign] : d.decimal_signs)
        EXPECT_EQ(sign, name == "Konto" ? '.' : ',') << name;
}

TEST(Shapes, AbsoluteAndRelativeDifferences) {
    Table table(
        {"Date", "Trade Ref", "Value Front Office", "Value Back Office", "Abs Diff", "Diff %"});
    Random random(6);
    for (int day = 0; day < 30; ++day)
        for (int trade = 0; trade < 8; ++trade) {
            const double x = std::round(2e7 * (random.uniform() - 0.5)) / 100;
            const double y =
                random.below(2) ? x : x + std::round(2e4 * (random.uniform() - 0.5)) / 100;
            table.row({business_day(day), numbered("T", trade), number_text(x), money(y),
                       money(std::fabs(x - y)), number_text(std::round((x - y) / y * 1e6) / 1e4)});
        }
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.key_columns, (Names{"Trade Ref"}));
    EXPECT_EQ(role_of(d, "Abs Diff").partner,
              "abs(\"Value Front Office\" - \"Value Back Office\")");
    EXPECT_EQ(role_of(d, "Diff %").partner,
              "(\"Value Front Office\" - \"Value Back Office\") / \"Value Back Office\"");
    // A measure has a sign, so it is computed from the sides.
    EXPECT_TRUE(d.derived_columns.empty());
    ASSERT_EQ(d.measures.size(), 1U);
    EXPECT_NE(d.measures[0].expression.find(" - "), std::string::npos);
}

TEST(Shapes, ADifferenceWithoutItsSides) {
    Table table({"business_date", "desk", "book", "pnl_variance", "explanation"});
    for (int day = 0; day < 20; ++day)
        for (const char* desk : {"FX", "IR"})
            table.row({business_day(day), desk, std::string(desk) + "1",
                       std::to_string(day * 37 % 500 - 200), ""});
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.derived_columns, (Names{"pnl_variance"}));
    EXPECT_TRUE(d.criteria_columns.empty());
    EXPECT_EQ(d.key_columns, (Names{"desk", "book"}));
    EXPECT_EQ(d.break_when, "abs(\"pnl_variance\") > 1");
}

TEST(Shapes, StatusAlone) {
    Table table({"date", "account", "recon status"});
    for (int day = 0; day < 20; ++day)
        for (const char* account : {"1", "2"})
            table.row({business_day(day), account, day % 3 ? "OK" : "Exception"});
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.break_when, "btrim(\"recon status\") NOT IN ('OK')");
}

// Opening and closing, gross and net, dollars and euros are not two sides of one thing.
TEST(Shapes, NumbersThatAreNotCompared) {
    Table table({"stmt_date", "acct", "Opening Balance", "Closing Balance", "Gross Amount",
                 "Net Amount", "Tax", "Amount USD", "Amount EUR", "Fee USD", "Fee EUR"});
    for (int day = 0; day < 20; ++day)
        table.row({business_day(day), "A", std::to_string(1000 + day), std::to_string(1001 + day),
                   "500", "450", "50", "70", "60", "7", "6"});
    const auto d = suggested(table.samples());
    EXPECT_TRUE(d.criteria_columns.empty());
    EXPECT_TRUE(d.break_when.empty());
    EXPECT_FALSE(d.notes.empty());
}

TEST(Shapes, OneKeyOneHistory) {
    Table table({"date", "ours", "theirs"});
    for (int day = 0; day < 20; ++day)
        table.row({business_day(day), std::to_string(1000 + day), std::to_string(1000 + day)});
    const auto d = suggested(table.samples());
    EXPECT_TRUE(d.key_columns.empty());
    EXPECT_EQ(d.criteria_columns, (Names{"ours", "theirs"}));
    EXPECT_NE(d.key_reason.find("one history"), std::string::npos);
}

TEST(Shapes, KeysOnBothSidesOnly) {
    Table table(
        {"date", "ledger_account", "statement_account", "ledger_amount", "statement_amount"});
    for (int day = 0; day < 20; ++day)
        for (const char* account : {"A1", "A2", "A3"})
            table.row({business_day(day), account, account, "100.5", day % 4 ? "100.5" : "90"});
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.key_columns, (Names{"ledger_account"}));
    EXPECT_EQ(role_of(d, "ledger_account").partner, "statement_account");
}

TEST(Shapes, MonthsAndCostCenters) {
    Table table({"Period", "Legal Entity", "Cost Center", "Amount SAP", "Amount Hyperion"});
    table.type("Period", ColumnSample::Type::numeric);
    Random random(8);
    for (int month = 1; month <= 12; ++month)
        for (const char* entity : {"E1", "E2"})
            for (const char* center : {"1001", "1002", "1003"}) {
                const auto amount = money(1e5 * random.uniform());
                table.row({std::to_string(202400 + month), entity, center, amount,
                           random.below(9) ? amount : "5"});
            }
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.date_column, "Period");
    EXPECT_EQ(d.date_format, "YYYYMM");
    EXPECT_EQ(d.date_expression, "recon.parse_date(\"Period\"::text, 'YYYYMM')");
    EXPECT_EQ(d.key_columns, (Names{"Legal Entity", "Cost Center"}));
    EXPECT_EQ(sorted(d.criteria_columns), (Names{"Amount Hyperion", "Amount SAP"}));
}

// A column that changes within a key from date to date would cut its history into pieces.
TEST(Shapes, WhatSplitsHistoriesIsNoKey) {
    Table table({"date", "account", "trader desk code", "broker", "ours", "theirs"});
    Random random(9);
    for (int day = 0; day < 40; ++day)
        for (int account = 0; account < 5; ++account)
            table.row({business_day(day), numbered("A", account), numbered("D", account % 2),
                       numbered("B", random.below(4)), "10", "10"});
    const auto d = suggested(table.samples());
    EXPECT_EQ(sorted(d.key_columns), (Names{"account", "trader desk code"}));
    EXPECT_EQ(role_word(d, "broker"), "dimension");
    EXPECT_NE(role_of(d, "broker").reason.find("pieces"), std::string::npos);
}

TEST(Shapes, PlaceholdersAreNoNumbers) {
    Table table({"date", "account", "gl", "ihub"});
    for (int day = 0; day < 40; ++day)
        table.row({business_day(day), "A", day == 3 ? "N/A" : std::to_string(day * 100), "7"});
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.criteria_columns, (Names{"gl", "ihub"}));
    EXPECT_EQ(d.break_when.find("abs(\"gl\" - \"ihub\") > "), 0U);
    EXPECT_NE(d.notes.back().find("are kept as text and read as numbers"), std::string::npos);
}

// Front Office PV and Risk PV: sides that are no known words, but share what they are of.
TEST(Shapes, SidesWithoutKnownWords) {
    for (const auto& [left, right] :
         {std::pair{"Front Office PV", "Risk PV"}, std::pair{"Murex Notional", "Summit Notional"},
          std::pair{"PV Settlement", "PV Region"}}) {
        Table table({"date", "trade", left, right});
        Table strangers({"date", "trade", left, right});
        for (int day = 0; day < 20; ++day)
            for (int trade = 1; trade < 6; ++trade) {
                const int value = 1000 * trade + 7 * day;
                table.row({business_day(day), numbered("T", trade), std::to_string(value),
                           std::to_string(value + (day == trade ? 30 : 1))});
                strangers.row({business_day(day), numbered("T", trade), std::to_string(value),
                               std::to_string(30 + (day * 37 + trade * 11) % 90)});
            }
        EXPECT_EQ(suggested(table.samples()).criteria_columns, (Names{left, right}));
        if (std::string(left).find("Notional") == std::string::npos) {
            EXPECT_TRUE(suggested(strangers.samples()).criteria_columns.empty()) << left;
        }
    }
}

// Letters are sides only where values say so.
TEST(Shapes, LettersWithoutRows) {
    for (const auto type : {ColumnSample::Type::text, ColumnSample::Type::numeric})
        EXPECT_TRUE(suggested({{"a", type, {}}, {"b", type, {}}}).criteria_columns.empty());
    const auto d = suggested(
        {{"ours", ColumnSample::Type::text, {}}, {"theirs", ColumnSample::Type::text, {}}});
    EXPECT_LE(role_of(d, "ours").confidence, 0.5);
}

// Texts that are mostly numbers are amounts where somebody names them so; codes are not.
TEST(Shapes, DecimalSigns) {
    Table table({"date", "account", "x", "code", "words"});
    for (int day = 0; day < 10; ++day)
        table.row({business_day(day), "A",
                   day % 4 == 0 ? "x" + std::to_string(day) : "1." + std::to_string(day),
                   "00" + std::to_string(day), day > 2 ? "w" + std::to_string(day) : "1"});
    const auto d = suggested(table.samples());
    ASSERT_EQ(d.decimal_signs.size(), 1U);
    EXPECT_EQ(d.decimal_signs[0], (std::pair<std::string, char>("x", '.')));
}

// ---- odd input ----

TEST(OddInput, NoColumnsAndNoRows) {
    const auto none = suggested({});
    EXPECT_TRUE(none.columns.empty());
    EXPECT_TRUE(none.break_when.empty());

    const Table table({"as_of_date", "account", "gl_balance", "ihub_balance", "balance_difference",
                       "comments", "match_status", "ccy", "price_tolerance", "anomaly", "x"});
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.date_column, "as_of_date");
    EXPECT_FALSE(d.date_format);
    EXPECT_EQ(sorted(d.key_columns), (Names{"account", "ccy"}));
    EXPECT_EQ(d.criteria_columns, (Names{"gl_balance", "ihub_balance"}));
    EXPECT_EQ(d.derived_columns, (Names{"balance_difference"}));
    EXPECT_EQ(d.comment_column, "comments");
    EXPECT_EQ(d.label_column, "anomaly");
    EXPECT_EQ(role_word(d, "price_tolerance"), "tolerance");
    for (const auto& column : d.columns)
        if (column.role != Role::label) {
            EXPECT_LT(column.confidence, 0.8) << column.name;
        }
    EXPECT_FALSE(d.notes.empty());
}

TEST(OddInput, OneRow) {
    Table table({"as_of_date", "account", "gl_balance", "ihub_balance", "balance_difference"});
    table.row({"2024-01-31", "A1", "100.00", "90.00", "10"});
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.key_columns, (Names{"account"}));
    EXPECT_EQ(d.date_format, "YYYY-MM-DD");
    EXPECT_EQ(d.criteria_columns, (Names{"gl_balance", "ihub_balance"}));
    EXPECT_EQ(d.derived_columns, (Names{"balance_difference"}));
}

TEST(OddInput, TwoHundredColumns) {
    Names names;
    for (int i = 0; i < 200; ++i)
        names.push_back(numbered("x", i));
    Table table(names);
    Random random(10);
    for (int row = 0; row < 50; ++row) {
        Names values;
        for (int i = 0; i < 200; ++i)
            values.push_back(number_text(random.normal()));
        table.row(values);
    }
    const auto d = suggested(table.samples());
    EXPECT_TRUE(d.criteria_columns.empty());
    EXPECT_EQ(columns_of(d, Role::ignored).size(), 200U);
}

TEST(OddInput, WideTableWithAPairInside) {
    Names names{"as_of_date", "account", "ledger_balance", "statement_balance"};
    for (int i = 0; i < 150; ++i)
        names.push_back(numbered("attribute ", i));
    Table table(names);
    for (int day = 0; day < 20; ++day) {
        Names values{business_day(day), "A", std::to_string(100 + day), std::to_string(100 + day)};
        values.resize(names.size(), "v");
        table.row(values);
    }
    const auto d = suggested(table.samples());
    EXPECT_EQ(d.criteria_columns, (Names{"ledger_balance", "statement_balance"}));
    EXPECT_EQ(d.key_columns, (Names{"account"}));
}

TEST(OddInput, EqualNamesEmptyNamesAndRaggedColumns) {
    Samples samples{{"a", ColumnSample::Type::text, {"1", "2"}},
                    {"a", ColumnSample::Type::numeric, {"1"}},
                    {"", ColumnSample::Type::date, {}},
                    {"", ColumnSample::Type::json, {"{}", "[]", "{"}},
                    {"\"; DROP TABLE t; --", ColumnSample::Type::text, {"x", "'", "\\"}},
                    {"\xFF\xFE", ColumnSample::Type::other, {"\xFF", "\x01", "\xC3"}}};
    const auto d = suggested(samples);
    EXPECT_EQ(d.rows, 3U);
}

TEST(OddInput, IdentifiersAreQuoted) {
    Table table({"day \"date\"", "acc\"ount", "ledger \"x\"", "statement \"x\""});
    for (int day = 0; day < 10; ++day)
        table.row({business_day(day), "A", std::to_string(day), std::to_string(day)});
    const auto d = suggested(table.samples());
    EXPECT_NE(d.break_when.find("abs(\"ledger \"\"x\"\"\" - "), std::string::npos) << d.break_when;
}

TEST(OddInput, ValuesThatContradictTheirNames) {
    Table table(
        {"as_of_date", "gl_balance", "ihub_balance", "currency", "match_status", "account"});
    table.type("as_of_date", ColumnSample::Type::boolean);
    for (int i = 0; i < 12; ++i)
        table.row({i % 2 ? "true" : "false", "high", "low", "dollars", "green", "7.25"});
    const auto d = suggested(table.samples());
    EXPECT_FALSE(d.date_column);
    EXPECT_TRUE(d.measures.empty());
    EXPECT_LE(role_of(d, "currency").confidence, 0.9);
}

TEST(OddInput, NumbersBeyondMeasure) {
    Table table({"date", "account", "gl_amount", "ihub_amount"});
    for (const char* type : {"gl_amount", "ihub_amount"})
        table.type(type, ColumnSample::Type::numeric);
    for (const char* value : {"NaN", "Infinity", "-Infinity", "1e308", "1e-300", "0",
                              "99999999999999999999999999999999.99", "-0.0"})
        table.row({"2024-01-01", "A", value, "1"});
    suggested(table.samples());
}

// Any mixture of names, types and values gets an answer that is whole.
TEST(OddInput, AnythingGetsAnAnswer) {
    Random random(12);
    const Names parts = {"gl",      "ihub",       "balance",   "date",    "as of",    "id",
                         "trade",   "difference", "tolerance", "status",  "comment",  "ccy",
                         "x",       "_a",         "_b",        "1",       "2",        "price",
                         "account", "loaded",     "at",        "anomaly", "\xC3\xA9", "source"};
    const Names values = {
        "",           "0",    "1",       "-1",    "2.5",        "1,234.5",    "(3)",
        "USD",        "EUR",  "Match",   "Break", "2024-01-31", "01/02/2024", "13/02/2024",
        "20240131",   "abc",  "a b c d", "n/a",   "NaN",        "true",       "f",
        "1900-01-01", "\xFF", "'",       "\"",    "00012"};
    for (int round = 0; round < 1500; ++round) {
        Samples samples(random.below(12));
        const auto rows = random.below(30);
        for (auto& sample : samples) {
            for (auto n = random.below(4); n > 0; --n)
                sample.name += parts[random.below(parts.size())] + (random.below(2) ? " " : "");
            sample.type = static_cast<ColumnSample::Type>(random.below(7));
            const auto some = 1 + random.below(values.size());
            const auto first = random.below(values.size());
            for (std::uint64_t row = 0; row < rows; ++row) {
                const auto& value = values[(first + random.below(some)) % values.size()];
                sample.values.push_back(random.below(9) ? std::optional(value) : std::nullopt);
            }
            if (random.below(8) == 0) sample.values.clear();
        }
        SampleOrigin origin;
        origin.complete = random.below(2) == 0;
        origin.scattered_from = random.below(rows + 2);
        origin.total_rows = 1e6 * random.uniform();
        const auto once = suggested(samples, origin);
        EXPECT_EQ(definition_json(once), definition_json(suggest_definition(samples, origin)));
        if (HasFailure()) {
            for (const auto& sample : samples)
                ADD_FAILURE() << "in a table with column \"" << sample.name << "\"";
            return;
        }
    }
}

TEST(Json, EscapesAndNamesEverything) {
    SuggestedDefinition d;
    d.columns.push_back({"a\"\\\n\x01", Role::key, "", 0.5, "Why."});
    d.key_columns = {"a"};
    d.tolerance = 0.00001;
    const auto json = definition_json(d);
    EXPECT_NE(json.find("{\"name\":\"a\\\"\\\\\\u000a\\u0001\",\"role\":\"key\",\"partner\":null,"
                        "\"confidence\":0.5,\"reason\":\"Why.\"}"),
              std::string::npos)
        << json;
    EXPECT_NE(json.find("\"key_columns\":[\"a\"]"), std::string::npos);
    EXPECT_NE(json.find("\"tolerance\":1e-05"), std::string::npos);
    EXPECT_NE(json.find("\"date_column\":null"), std::string::npos);
}

} // namespace
} // namespace recon::definition
