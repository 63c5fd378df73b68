// The keys of one scan: what the source statement returned, one entry a key, spilled to disk beyond
// work_mem and walked as often as judging needs.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "core/detection/history/series_value.hpp"
#include "postgres/query.hpp"
#include "run/source/key_entry.hpp"

namespace recon::run {

class KeySpool {
  public:
    // Reads the whole source as the current role. Memory is taken from `context`. Server calls that
    // the statement needs in its connection, such as a relation of its own, go into `connected`.
    KeySpool(const std::string& scan, MemoryContext context,
             std::span<const postgres::Parameter> parameters = {},
             const std::function<void()>& connected = {});

    [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
    [[nodiscard]] const KeyEntry& key(std::size_t at) const noexcept { return keys_[at]; }
    // Positions in key order; `at` of the other members is the position of arrival.
    [[nodiscard]] const std::vector<std::uint32_t>& key_order() const noexcept { return order_; }

    // The rank of each position in key order.
    [[nodiscard]] std::vector<std::uint32_t> ranks() const;

    [[nodiscard]] std::uint64_t rows_read() const noexcept { return rows_read_; }
    [[nodiscard]] std::uint64_t rows_without_date() const noexcept { return rows_without_date_; }
    // Rows of which an amount is kept as text that is no number.
    [[nodiscard]] std::uint64_t rows_unreadable() const noexcept { return rows_unreadable_; }

    // Rows dated later are left out of the values that are handed out; of the bytes they are part.
    void leave_out_after(std::int32_t last_date) noexcept { last_date_ = last_date; }
    [[nodiscard]] breaks::SeriesValue value_of(std::span<const std::byte> bytes) const {
        auto value = breaks::SeriesValue::deserialize(bytes);
        value.series.leave_out_after(last_date_);
        return value;
    }

    // Calls visit(position, bytes of its SeriesValue, lasting) for every key that has a
    // series, in order of arrival. The bytes are good for the length of the call or, where they are
    // lasting, for that of the whole walk: no need to copy them.
    template <typename Visit>
    void for_each_bytes(Visit&& visit) {
        rewind();
        for (std::size_t at = 0; at < keys_.size(); ++at) {
            with_next(
                [&](std::span<const std::byte> bytes, bool lasting) { visit(at, bytes, lasting); });
        }
    }

    // Calls visit(position, value) likewise.
    template <typename Visit>
    void for_each(Visit&& visit) {
        for_each_bytes([&](std::size_t at, std::span<const std::byte> bytes, bool) {
            visit(at, value_of(bytes));
        });
    }

    // Gives the temporary file back; on an error the transaction does.
    void finish();

  private:
    // Where the columns of a scan stand in its rows; those of recon.grouped_scan.
    struct Columns {
        int key = 0;
        int pool = 0;
        int currency = 0;
        int series = 0;
        int rows_unreadable = 0;
        int key_mark = 0;
    };

    void take_keys();
    void count_rows(); // of the key that was fetched
    void rewind();
    void with_next(const std::function<void(std::span<const std::byte>, bool lasting)>& use);
    bool fetch();

    MemoryContext context_;
    Columns columns_;
    MemoryContext row_context_ = nullptr; // reset for every key
    Tuplestorestate* store_ = nullptr;
    TupleTableSlot* slot_ = nullptr;
    std::vector<KeyEntry> keys_;
    std::vector<std::uint32_t> order_;
    std::int32_t last_date_ = std::numeric_limits<std::int32_t>::max();
    std::uint64_t rows_read_ = 0;
    std::uint64_t rows_without_date_ = 0;
    std::uint64_t rows_unreadable_ = 0;
};

} // namespace recon::run
