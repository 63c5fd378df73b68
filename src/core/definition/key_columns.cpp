#include "core/definition/key_columns.hpp"

#include <algorithm>

#include "core/base/interrupt.hpp"
#include "core/base/random.hpp"
#include "core/definition/wording.hpp"

namespace recon::definition {
namespace {

using Type = ColumnSample::Type;

enum class Kind : std::uint8_t {
    record,    // trade id: one item
    entity,    // account, company, isin: one of a few things compared
    described, // a name or type, or a name of an entity
    surrogate, // id, row number: made for the row
    plain,     // an unknown name
};

Kind kind_of(const ColumnProfile& column) {
    const auto& words = column.words;
    if (words.has(sense_currency)) return Kind::entity;
    bool surrogate = !words.words.empty();
    for (std::size_t i = 0; i < words.words.size(); ++i) {
        const auto& word = words.words[i];
        surrogate &= word == "row" || word == "record" || word == "line" || word == "sequence" ||
                     (words.senses[i] & (sense_identifier | sense_record)) == sense_identifier;
    }
    if (surrogate) return Kind::surrogate;
    const bool named_id = words.has(sense_identifier);
    if (words.has(sense_descriptive) && !named_id) return Kind::described;
    if (words.has(sense_record) && (named_id || words.only(sense_record))) return Kind::record;
    if (words.has(sense_entity)) return Kind::entity;
    return Kind::plain;
}

struct Chooser {
    const std::vector<ColumnProfile>& columns;
    std::vector<std::size_t> candidates;

    const std::vector<std::int32_t>* dates = nullptr;
    SampleOrigin origin;
    std::size_t rows = 0;
    KeyChoice choice;

    [[nodiscard]] bool dated() const { return choice.dates > 0; }
    // More than one date: only then can a column be seen to repeat over dates.
    [[nodiscard]] bool has_history() const { return choice.dates > 1; }

    [[nodiscard]] Partition partition(const std::vector<std::size_t>& key) const {
        Partition result(rows);
        for (const auto c : key) {
            result = result.refined(columns[c].codes);
        }
        return result;
    }
    // Rows that lie together in the relation: only among these is not seeing two rows of one key
    // and date a sign that there are none.
    [[nodiscard]] std::size_t together() const {
        const bool has_neighbours =
            !origin.complete && origin.scattered_from > 0 && origin.scattered_from < rows;
        return has_neighbours ? origin.scattered_from : rows;
    }
    [[nodiscard]] std::size_t told_apart(const Partition& partition) const;
    // Rows of the relation for each group.
    [[nodiscard]] double rows_per_group(const Partition& partition) const;
    [[nodiscard]] std::string quoted(const std::vector<std::size_t>& key) const {
        std::vector<std::string> names;
        names.reserve(key.size());
        for (const auto c : key) {
            names.push_back(quote_identifier(columns[c].name));
        }
        return enumerate(names);
    }
    void leave_out(std::size_t column, bool determined, std::string reason) {
        choice.left_out.push_back({column, determined, std::move(reason)});
        candidates.erase(std::remove(candidates.begin(), candidates.end(), column),
                         candidates.end());
    }

    void drop_identities();
    [[nodiscard]] std::optional<std::size_t> record_key() const;
    void combine();
    void drop_splitting(std::vector<std::size_t>& key);
    void drop_determined_names(std::vector<std::size_t>& key);
    void add_needed(std::vector<std::size_t>& key);
    void finish(std::vector<std::size_t> key);
    [[nodiscard]] std::string reason_of(const std::vector<std::size_t>& key) const;
};

std::size_t Chooser::told_apart(const Partition& partition) const {
    const auto whole = dated() ? partition.refined(*dates) : partition;
    // Groups are numbered in order of their first rows.
    std::size_t count = 0;
    for (std::size_t row = 0; row < together(); ++row) {
        count = std::max<std::size_t>(count, whole.groups()[row] + 1U);
    }
    return count;
}

double Chooser::rows_per_group(const Partition& partition) const {
    if (partition.count() == 0) return 0;
    if (together() == rows) {
        return static_cast<double>(rows) / static_cast<double>(partition.count());
    }
    // Among n strangers, two have the same of D equally frequent keys in n (n - 1) / 2D pairs
    // on average; so the pairs that are found give D, and the rows of the relation over D follow.
    std::vector<std::size_t> sizes(partition.count(), 0);
    for (std::size_t row = origin.scattered_from; row < rows; ++row) {
        ++sizes[partition.groups()[row]];
    }
    double pairs = 0;
    for (const auto size : sizes) {
        pairs += 0.5 * static_cast<double>(size) * (static_cast<double>(size) - 1);
    }
    const auto strangers = static_cast<double>(rows - origin.scattered_from);
    if (strangers < 2) return 1;
    return std::max(1.0, origin.total_rows * 2 * pairs / (strangers * (strangers - 1)));
}

// Columns with another value in nearly every row, over several dates, make no history.
void Chooser::drop_identities() {
    constexpr std::size_t enough_rows = 8; // with fewer, not repeating says nothing
    if (!has_history() || rows < enough_rows) return;
    std::vector<std::size_t> identities;
    for (const auto c : candidates) {
        const auto kind = kind_of(columns[c]);
        const bool unique = rows_per_group(Partition(rows).refined(columns[c].codes)) < 1.12;
        if (unique && kind != Kind::entity) identities.push_back(c);
    }
    std::stable_sort(identities.begin(), identities.end(), [this](std::size_t x, std::size_t y) {
        const auto rank = [this](std::size_t c) {
            const auto kind = kind_of(columns[c]);
            return kind == Kind::record ? 0 : kind == Kind::surrogate ? 1 : 2;
        };
        if (rank(x) != rank(y)) return rank(x) < rank(y);
        return columns[x].name < columns[y].name;
    });
    for (const auto c : identities) {
        candidates.erase(std::remove(candidates.begin(), candidates.end(), c), candidates.end());
        const auto kind = kind_of(columns[c]);
        const bool identifies = kind == Kind::record || kind == Kind::surrogate ||
                                columns[c].type == Type::other || columns[c].words_values == 0;
        if (!choice.identity && identifies) {
            choice.identity = c;
        } else {
            choice.other_identities.push_back(c);
        }
    }
}

// One column that names a record, repeats over dates and tells the rows of a date apart.
std::optional<std::size_t> Chooser::record_key() const {
    std::optional<std::size_t> best;
    for (const auto c : candidates) {
        const auto& column = columns[c];
        if (kind_of(column) != Kind::record || column.distinct < 2) continue;
        if (column.filled * 100 < rows * 95) continue;
        const std::size_t apart = told_apart(partition({c}));
        if (apart * 100 < together() * 98) continue;
        const bool better =
            !best || column.filled > columns[*best].filled ||
            (column.filled == columns[*best].filled &&
             (column.distinct < columns[*best].distinct ||
              (column.distinct == columns[*best].distinct && column.name < columns[*best].name)));
        if (better) best = c;
    }
    return best;
}

// A column that changes from date to date within the others, and is not needed to tell rows
// apart, would cut histories into pieces.
void Chooser::drop_splitting(std::vector<std::size_t>& key) {
    if (!has_history()) return;
    std::vector<std::size_t> order = key;
    std::stable_sort(order.begin(), order.end(), [this](std::size_t x, std::size_t y) {
        if (columns[x].distinct != columns[y].distinct) {
            return columns[x].distinct > columns[y].distinct;
        }
        return columns[x].name < columns[y].name;
    });
    for (const auto c : order) {
        if (key.size() == 1) return;
        auto others = key;
        others.erase(std::remove(others.begin(), others.end(), c), others.end());
        const auto with = partition(key);
        const auto without = partition(others);
        const bool needed = told_apart(with) > told_apart(without);
        if (needed || rows_per_group(with) * 1.5 > rows_per_group(without)) continue;
        leave_out(c, false,
                  "left out of the key: it would cut " + number_of(without.count(), "history") +
                      " of " + quoted(others) + " into " + std::to_string(with.count()) +
                      " pieces and is not needed to tell rows apart");
        key = others;
    }
}

// Adds, while rows of one key and date are still alike, what tells most of them apart.
void Chooser::add_needed(std::vector<std::size_t>& key) {
    constexpr std::size_t most_columns = 8;
    auto current = partition(key);
    while (key.size() < most_columns) {
        const std::size_t apart = told_apart(current);
        const std::size_t alike = together() - apart;
        if (alike * 50 <= together()) return;
        std::optional<std::size_t> best;
        std::size_t best_apart = apart;
        std::size_t best_groups = 0;
        for (const auto c : candidates) {
            poll_interrupt();
            const auto& column = columns[c];
            if (column.distinct < 2 || std::find(key.begin(), key.end(), c) != key.end()) continue;
            const auto refined = current.refined(column.codes);
            if (refined.count() == current.count()) continue;
            // A key must come back on other dates: one row and a half for each, on average.
            if (has_history() && rows_per_group(refined) < 1.5) continue;
            const std::size_t now = told_apart(refined);
            const bool enough = (now - apart) * 4 >= alike;
            const bool better =
                now > best_apart ||
                (best && now == best_apart &&
                 (refined.count() < best_groups ||
                  (refined.count() == best_groups && column.name < columns[*best].name)));
            if (enough && better) {
                best = c;
                best_apart = now;
                best_groups = refined.count();
            }
        }
        if (!best) return;
        key.push_back(*best);
        current = current.refined(columns[*best].codes);
    }
}

// Names and types of what the key already identifies say nothing more.
void Chooser::drop_determined_names(std::vector<std::size_t>& key) {
    const auto whole = partition(key);
    std::vector<std::size_t> remaining = candidates;
    for (const auto c : remaining) {
        if (std::find(key.begin(), key.end(), c) != key.end()) continue;
        if (whole.refined(columns[c].codes).count() != whole.count()) continue;
        if (columns[c].filled == 0) continue;
        leave_out(c, true,
                  has_history() || whole.count() < rows
                      ? "has one value for each key, so it is not needed in it"
                      : "not needed in the key: " + quoted(key) +
                            (key.size() == 1 ? " tells" : " tell") + " the rows apart");
    }
}

void Chooser::combine() {
    std::vector<std::size_t> key;
    for (const auto c : candidates) {
        const auto kind = kind_of(columns[c]);
        const bool named = kind == Kind::entity || kind == Kind::record;
        if (named && (columns[c].filled > 0 || rows == 0)) key.push_back(c);
    }
    drop_splitting(key);
    add_needed(key);
    if (key.empty() && rows == 0) {
        for (const auto c : candidates) {
            if (kind_of(columns[c]) == Kind::surrogate) key.push_back(c);
        }
    }
    if (key.empty() && choice.identity && told_apart(Partition(rows)) < together()) {
        key.push_back(*choice.identity);
        choice.identity_as_key = true;
    }
    drop_determined_names(key);
    finish(key);
}

// Of a key in a sample with rows, once it is measured.
std::string Chooser::reason_of(const std::vector<std::size_t>& key) const {
    std::string text = quoted(key) + " together have " + number_of(choice.keys, "value") + " in " +
                       number_of(rows, "row");
    if (key.size() == 1) {
        text = quoted(key) + " has " + number_of(choice.keys, "value") + " in " +
               number_of(rows, "row");
    }
    if (dated()) text += " on " + number_of(choice.dates, "date");
    const std::string with =
        dated() ? (key.size() == 1 ? " and with the date tells " : " and with the date tell ")
                : (key.size() == 1 ? " and tells " : " and tell ");
    text += with + std::to_string(choice.told_apart) + " of " + number_of(choice.judged, "row") +
            " apart";
    if (choice.judged < rows) text += " that lie together";
    if (choice.identity_as_key) {
        text += "; every history has about one row, but no other column identifies anything";
    } else if (choice.identity) {
        text += "; " + quote_identifier(columns[*choice.identity].name) +
                " is not in the key because it does not come back on other dates";
    }
    std::vector<std::size_t> determined;
    for (const auto& left : choice.left_out) {
        if (left.determined) determined.push_back(left.column);
    }
    std::sort(determined.begin(), determined.end());
    if (!determined.empty()) {
        text += "; " + quoted(determined) +
                (determined.size() == 1 ? " has one value for each key and is left out"
                                        : " have one value for each key and are left out");
    }
    return text;
}

void Chooser::finish(std::vector<std::size_t> key) {
    std::sort(key.begin(), key.end());
    const auto whole = partition(key);
    choice.columns = key;
    choice.keys = whole.count();
    choice.told_apart = told_apart(whole);
    choice.judged = together();
    choice.varies = dated() && whole.refined(*dates).count() > whole.count();
    choice.rows_per_key = rows_per_group(whole);
    const std::size_t alike = choice.judged - choice.told_apart;
    std::size_t named = 0;
    for (const auto c : key) {
        named += kind_of(columns[c]) != Kind::plain && kind_of(columns[c]) != Kind::described;
    }
    const bool all_named = named == key.size();

    if (rows == 0) {
        choice.confidence = key.empty() ? 0.1 : 0.4;
        choice.reason = key.empty() ? "no column is named as an identifier and there is no row"
                                    : quoted(key) + " by name alone, since there is no row";
        return;
    }
    if (key.empty()) {
        choice.confidence = alike == 0 ? 0.7 : 0.2;
        choice.reason =
            alike == 0 && dated()
                ? "one row for each date, so the relation is one history and needs no key"
                : "no column could be found that identifies what is compared";
        return;
    }
    choice.reason = reason_of(key);
    double confidence = all_named ? 0.93 : 0.7;
    if (alike * 50 > choice.judged) confidence -= 0.15;
    if (!has_history()) {
        confidence -= 0.2;
    } else if (choice.rows_per_key < 2) {
        confidence -= 0.3;
    }
    if (choice.identity_as_key) confidence = std::min(confidence, 0.35);
    choice.confidence = confidence;
}

} // namespace

Partition Partition::refined(const std::vector<std::int32_t>& codes) const {
    Partition result(groups_.size());
    result.count_ = 0;
    std::size_t size = 16;
    while (size < groups_.size() * 2) {
        size *= 2;
    }
    struct Slot {
        std::uint64_t key;
        std::uint32_t group;
    };
    constexpr std::uint32_t empty = 0xffffffffU;
    std::vector<Slot> slots(size, {0, empty});
    for (std::size_t row = 0; row < groups_.size(); ++row) {
        const std::uint64_t key = (static_cast<std::uint64_t>(groups_[row]) << 32) |
                                  static_cast<std::uint32_t>(codes[row]);
        std::size_t at = mix64(key) & (size - 1);
        while (slots[at].group != empty && slots[at].key != key) {
            at = (at + 1) & (size - 1);
        }
        if (slots[at].group == empty) {
            slots[at] = {key, static_cast<std::uint32_t>(result.count_++)};
        }
        result.groups_[row] = slots[at].group;
    }
    return result;
}

bool may_be_key(const ColumnProfile& column) {
    const auto& words = column.words;
    if (column.type == Type::json || column.is_date) return false;
    if (words.has(sense_label | sense_comment | sense_difference | sense_tolerance)) return false;
    const bool named = words.has(sense_identifier | sense_entity | sense_record | sense_currency);
    if ((words.head() & sense_measure) != 0) return false;
    if (words.has(sense_date) && !named) return false;
    constexpr double longest = 60; // bytes on average; longer texts are prose
    if (column.mean_length > longest) return false;
    if (!column.is_number || column.leading_zeros || named) return true;
    // A number of unknown name: an identifier comes back, an amount varies.
    return column.integers && column.distinct * 3 <= column.filled;
}

KeyChoice choose_key(const std::vector<ColumnProfile>& columns,
                     const std::vector<std::size_t>& candidates, std::optional<std::size_t> date,
                     const SampleOrigin& origin) {
    Chooser chooser{columns, candidates, nullptr, origin, 0, {}};
    if (!columns.empty()) chooser.rows = columns.front().rows;
    if (date && columns[*date].is_date) {
        chooser.dates = &columns[*date].days;
        chooser.choice.dates = columns[*date].distinct_days;
    }
    chooser.drop_identities();
    if (const auto record = chooser.record_key()) {
        std::vector<std::size_t> key{*record};
        chooser.drop_determined_names(key);
        chooser.finish(key);
    } else {
        chooser.combine();
    }
    // What was considered and told nothing more.
    std::vector<std::size_t> rest;
    const auto& key = chooser.choice.columns;
    for (const auto c : chooser.candidates) {
        if (std::find(key.begin(), key.end(), c) == key.end()) rest.push_back(c);
    }
    for (const auto c : rest) {
        chooser.leave_out(c, false,
                          columns[c].filled == 0
                              ? "empty in all " + number_of(columns[c].rows, "row")
                              : "not in the key: it changes within a key and is not needed to "
                                "tell the rows of a date apart");
    }
    return chooser.choice;
}

} // namespace recon::definition
