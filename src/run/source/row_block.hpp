// The state of the aggregates that collect a key's rows: packed rows, in pieces that are never
// moved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/detection/history/series_value.hpp"
#include "postgres/guard.hpp"

namespace recon::run {

// The amounts of one row that doubles cannot hold, as SeriesValue keeps them. A linked list: such
// rows are rare (more than fifteen digits).
struct ExactRow {
    ExactRow* next;
    std::uint32_t row;
    const char* texts;
};

// Plain data, all of it in one memory context, so that the executor sees its size and nothing has
// to be destroyed. Rows are written where they stay: a piece that was copied into a larger one
// would take the memory of both, and the time of the kernel that provides it.
class RowBlock {
  public:
    [[nodiscard]] static RowBlock* make(MemoryContext context, breaks::PackedLayout layout);
    // Rows that lie elsewhere and are only read.
    [[nodiscard]] static RowBlock* over(MemoryContext context, const breaks::PackedSeries& head,
                                        std::span<const std::byte> rows);

    // Where the next row goes, layout().stride() bytes; it is there once row_written() is called.
    // Throws limit_exceeded, as do add_exact() and append(), where a varlena could not hold the
    // key.
    [[nodiscard]] char* next_row() {
        if (next_ == end_) grow(1);
        return next_;
    }
    void row_written() noexcept {
        next_ += stride_;
        ++rows_;
    }

    void leave_out() noexcept { ++undated_; }
    // The texts are copied.
    void add_exact(std::uint32_t row, const char* texts);
    // Throws invalid_parameter where the rows are of another layout.
    void append(const RowBlock& other);

    [[nodiscard]] breaks::PackedLayout layout() const noexcept { return layout_; }
    [[nodiscard]] std::uint32_t rows() const noexcept { return rows_; }
    [[nodiscard]] const ExactRow* exact() const noexcept { return exact_; }

    // The bytes of a breaks::PackedSeries, in the order in which the rows came.
    [[nodiscard]] Datum pack() const;

  private:
    struct Piece {
        Piece* next;
        char* rows;
        std::size_t size; // in bytes; of the last piece as much as next_ says
    };

    // Makes a piece for at least so many rows, which follow those that there are.
    void grow(std::uint32_t more);
    // Of a key in the largest of its formats, so that the bound is the same for every plan: what a
    // row takes, and what may come beside the rows that there are or have their place already.
    [[nodiscard]] std::size_t bytes_per_row() const noexcept;
    [[nodiscard]] std::size_t bytes_left() const noexcept;
    [[noreturn]] void refuse_more() const;
    template <typename Use>
    void each_piece(Use&& use) const;

    char* next_;
    char* end_;
    std::uint32_t stride_;
    std::uint32_t rows_;
    breaks::PackedLayout layout_;
    std::uint64_t undated_;
    MemoryContext context_;
    ExactRow* exact_;
    std::size_t exact_bytes_; // of its texts, as they are packed
    std::size_t piece_size_;  // of the last one, with all that belongs to it
    Piece* last_;
    Piece first_;
};

} // namespace recon::run
