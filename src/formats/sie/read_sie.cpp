#include "formats/sie/read_sie.hpp"

#include <map>

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "formats/sie/sie_line.hpp"
#include "formats/text/encoding.hpp"
#include "formats/values/amount.hpp"

namespace recon::formats {
namespace {

// Amounts have two decimals; sums are exact in hundredths.
using Cents = std::int64_t;

std::string amount_text(Cents cents) {
    Amount amount;
    amount.mantissa = cents;
    amount.scale = 2;
    return amount.text();
}

std::string iso_day(std::string_view date) {
    if (date.size() != 8) return std::string(date);
    return std::string(date.substr(0, 4)) + "-" + std::string(date.substr(4, 2)) + "-" +
           std::string(date.substr(6, 2));
}

class SieReader {
  public:
    SieReader() {
        transactions_.name = "transactions";
        balances_.name = "balances";
        transactions_.has_names = balances_.has_names = true;
        add(transactions_, 0,
            {"Series", "Voucher", "Voucher date", "Voucher text", "Account", "Account name",
             "Transaction date", "Amount", "Text", "Quantity", "Dimensions"});
        add(balances_, 0,
            {"Account", "Account name", "Year end", "Opening", "Movements", "Closing computed",
             "Closing stated", "Difference"});
    }

    void read(std::string_view text) {
        std::size_t at = 0;
        while (at < text.size()) {
            if ((++line_ & 255U) == 0) poll_interrupt();
            const auto end = std::min(text.find('\n', at), text.size());
            take(read_sie_line(text.substr(at, end - at)));
            at = end + 1;
        }
        if (!is_sie_) refuse("It has no #SIETYP and no #KONTO.");
    }

    std::vector<Grid> finish() {
        for (const auto& [account, entry] : accounts_) {
            if (!entry.is_stated && entry.movements == 0 && entry.opening == 0) continue;
            const Cents computed = entry.opening + entry.movements;
            add(balances_, entry.line,
                {account, entry.name, year_end_, amount_text(entry.opening),
                 amount_text(entry.movements), amount_text(computed),
                 entry.is_stated ? amount_text(entry.stated) : "",
                 entry.is_stated ? amount_text(computed - entry.stated) : ""});
        }
        std::vector<Grid> grids;
        if (transactions_.rows.size() > 1) grids.push_back(std::move(transactions_));
        if (balances_.rows.size() > 1) grids.push_back(std::move(balances_));
        return grids;
    }

  private:
    struct Account {
        std::string name;
        Cents opening = 0;
        Cents movements = 0;
        Cents stated = 0;
        bool is_stated = false;
        std::uint64_t line = 0;
    };

    [[noreturn]] void refuse(const std::string& detail) const {
        throw Error(ErrorKind::invalid_data, "the file is not a SIE file", detail,
                    "Export the ledger once more, as SIE type 4.");
    }
    [[nodiscard]] Cents cents(std::string_view text) const {
        auto amount = read_amount(text, '.');
        if (!amount) amount = read_amount(text, ',');
        if (!amount || !amount->fits || amount->scale > 2) {
            refuse("Line " + std::to_string(line_) + ": \"" + std::string(text) +
                   "\" is not an amount.");
        }
        Cents value = amount->mantissa;
        for (int i = amount->scale; i < 2; ++i) {
            if (__builtin_mul_overflow(value, 10, &value)) {
                refuse("Line " + std::to_string(line_) + ": an amount is too large.");
            }
        }
        return value;
    }
    void sum_up(Cents& sum, Cents value) const {
        if (__builtin_add_overflow(sum, value, &sum)) {
            refuse("Line " + std::to_string(line_) + ": a sum is too large.");
        }
    }
    Account& account(std::string_view number) {
        auto& entry = accounts_[std::string(number)];
        if (entry.line == 0) entry.line = line_;
        return entry;
    }
    static void add(Grid& grid, std::uint64_t line, std::vector<std::string> cells) {
        SampleRow row;
        row.line = line;
        // Amounts and dates of the format have one spelling.
        row.plain.assign(cells.size(), line > 0);
        row.cells = std::move(cells);
        grid.rows.push_back(std::move(row));
    }

    void take(const SieLine& line) {
        if (line.label == "SIETYP" || line.label == "KONTO") is_sie_ = true;
        if (line.label == "KONTO") {
            account(line.field(0)).name = line.field(1);
        } else if (line.label == "RAR" && line.field(0) == "0") {
            year_end_ = iso_day(line.field(2));
        } else if (line.label == "IB" && line.field(0) == "0") {
            account(line.field(1)).opening = cents(line.field(2));
        } else if ((line.label == "UB" || line.label == "RES") && line.field(0) == "0") {
            auto& entry = account(line.field(1));
            entry.stated = cents(line.field(2));
            entry.is_stated = true;
        } else if (line.label == "VER") {
            voucher_ = line;
            added_.clear();
        } else if (line.label == "TRANS" || line.label == "RTRANS") {
            post(line);
        } else if (line.label == "?") {
            refuse("Line " + std::to_string(line_) + " does not begin with a label.");
        }
    }
    // A posting that was added later comes twice: as RTRANS, and right behind it as TRANS for
    // readers that do not know RTRANS. One that was deleted (BTRANS) does not count.
    void post(const SieLine& line) {
        if (line.label == "TRANS" && !added_.empty() && added_ == line.fields) {
            added_.clear();
            return;
        }
        added_ = line.label == "RTRANS" ? line.fields : std::vector<std::string>();
        auto& entry = account(line.field(0));
        const Cents value = cents(line.field(2));
        sum_up(entry.movements, value);
        const auto own_date = line.field(3);
        add(transactions_, line_,
            {std::string(voucher_.field(0)), std::string(voucher_.field(1)),
             iso_day(voucher_.field(2)), std::string(voucher_.field(3)), std::string(line.field(0)),
             entry.name, iso_day(own_date.empty() ? voucher_.field(2) : own_date),
             amount_text(value), std::string(line.field(4)), std::string(line.field(5)),
             std::string(line.field(1))});
    }

    Grid transactions_;
    Grid balances_;
    std::map<std::string, Account> accounts_;
    std::string year_end_;
    SieLine voucher_;
    std::vector<std::string> added_;
    std::uint64_t line_ = 0;
    bool is_sie_ = false;
};

} // namespace

std::vector<Grid> read_sie(std::string_view bytes) {
    // The label says PC8; some programs write UTF-8 all the same, which no text of PC8 looks like.
    const bool is_utf8 = valid_utf8_prefix(bytes) == bytes.size();
    MemorySource source(bytes);
    TextReader reader(source, is_utf8 ? Encoding::utf8 : Encoding::cp437);
    std::string text;
    while (reader.append(text)) {
    }
    SieReader sie;
    sie.read(text);
    return sie.finish();
}

} // namespace recon::formats
