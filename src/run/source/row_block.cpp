#include "run/source/row_block.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "postgres/datums.hpp"

namespace recon::run {

using namespace recon::postgres;

namespace {

// Powers of two, which the server's allocator gives without a remainder. Keys of few rows stay
// small, and what the last piece leaves unused is little of a large key.
constexpr std::size_t first_size = 256;
constexpr std::size_t largest_size = 2048;

} // namespace

RowBlock* RowBlock::make(MemoryContext context, breaks::PackedLayout layout) {
    static_assert(sizeof(RowBlock) + sizeof(breaks::PackedRow) + sizeof(std::uint64_t) +
                      breaks::max_measures * sizeof(double) <=
                  first_size);
    return guarded([=] {
        auto* memory = static_cast<char*>(MemoryContextAlloc(context, first_size));
        auto* block = reinterpret_cast<RowBlock*>(memory);
        char* const rows = memory + sizeof(RowBlock);
        const std::size_t stride = layout.stride();
        const std::size_t size = (first_size - sizeof(RowBlock)) / stride * stride;
        block->next_ = rows;
        block->end_ = rows + size;
        block->stride_ = static_cast<std::uint32_t>(stride);
        block->rows_ = 0;
        block->layout_ = layout;
        block->undated_ = 0;
        block->context_ = context;
        block->exact_ = nullptr;
        block->exact_bytes_ = 0;
        block->piece_size_ = first_size;
        block->last_ = &block->first_;
        block->first_ = {nullptr, rows, size};
        return block;
    });
}

RowBlock* RowBlock::over(MemoryContext context, const breaks::PackedSeries& head,
                         std::span<const std::byte> rows) {
    RowBlock* const block = make(context, head.layout);
    char* const begin = const_cast<char*>(reinterpret_cast<const char*>(rows.data()));
    block->first_ = {nullptr, begin, rows.size()};
    block->next_ = block->end_ = begin + rows.size();
    block->rows_ = head.rows;
    block->undated_ = head.undated;
    return block;
}

std::size_t RowBlock::bytes_per_row() const noexcept {
    // 16 more bytes a row are of the format for sorted rows.
    return stride_ + 2 * sizeof(std::uint64_t);
}

std::size_t RowBlock::bytes_left() const noexcept {
    constexpr std::size_t most = MaxAllocSize - 64;
    const auto rows = rows_ + static_cast<std::size_t>(end_ - next_) / stride_;
    return most - std::min(most, rows * bytes_per_row() + exact_bytes_);
}

void RowBlock::refuse_more() const {
    throw Error(ErrorKind::limit_exceeded, "a key has too many rows to be judged at once",
                "Its first " + std::to_string(rows_) + " rows take 1 GB, the most that a key may.",
                "Add key columns, or read a view that leaves old rows out.");
}

void RowBlock::grow(std::uint32_t more) {
    end_ = next_; // what room there was, is given up
    const std::size_t most_rows = bytes_left() / bytes_per_row();
    if (more > most_rows) refuse_more();
    piece_size_ = std::min(largest_size, 2 * piece_size_);
    const std::size_t fitting = std::min((piece_size_ - sizeof(Piece)) / stride_, most_rows);
    const std::size_t size = std::max<std::size_t>(fitting, more) * stride_;
    const MemoryContext context = context_;
    auto* piece = static_cast<Piece*>(
        guarded([=] { return MemoryContextAllocHuge(context, sizeof(Piece) + size); }));
    *piece = {nullptr, reinterpret_cast<char*>(piece + 1), size};
    last_->size = static_cast<std::size_t>(next_ - last_->rows);
    last_->next = piece;
    last_ = piece;
    next_ = piece->rows;
    end_ = piece->rows + size;
}

void RowBlock::add_exact(std::uint32_t row, const char* texts) {
    const std::size_t bytes = 2 * sizeof(std::uint32_t) + strlen(texts);
    if (bytes > bytes_left()) refuse_more();
    const MemoryContext context = context_;
    ExactRow* const next = exact_;
    exact_bytes_ += bytes;
    exact_ = guarded([=] {
        auto* exact = static_cast<ExactRow*>(MemoryContextAlloc(context, sizeof(ExactRow)));
        *exact = {next, row, MemoryContextStrdup(context, texts)};
        return exact;
    });
}

template <typename Use>
void RowBlock::each_piece(Use&& use) const {
    for (const Piece* piece = &first_; piece != nullptr; piece = piece->next) {
        const auto size =
            piece == last_ ? static_cast<std::size_t>(next_ - piece->rows) : piece->size;
        if (size > 0) use(piece->rows, size);
    }
}

void RowBlock::append(const RowBlock& other) {
    if (layout_.measures != other.layout_.measures ||
        layout_.has_content != other.layout_.has_content) {
        throw Error(ErrorKind::invalid_parameter,
                    "series of different measures or contents cannot be combined");
    }
    for (const ExactRow* exact = other.exact_; exact != nullptr; exact = exact->next)
        add_exact(rows_ + exact->row, exact->texts);
    if (static_cast<std::size_t>(end_ - next_) < other.rows_ * std::size_t{stride_})
        grow(other.rows_);
    other.each_piece([this](const char* rows, std::size_t size) {
        memcpy(next_, rows, size);
        next_ += size;
    });
    rows_ += other.rows_;
    undated_ += other.undated_;
}

Datum RowBlock::pack() const {
    ByteWriter head;
    breaks::PackedSeries{layout_, undated_, rows_}.write_head(head);
    std::uint32_t exact_rows = 0;
    for (const ExactRow* exact = exact_; exact != nullptr; exact = exact->next)
        ++exact_rows;
    ByteWriter tail;
    tail.put(exact_rows);
    for (const ExactRow* exact = exact_; exact != nullptr; exact = exact->next) {
        breaks::PackedSeries::ExactAmounts{exact->row, exact->texts}.write(tail);
    }
    std::vector<std::span<const std::byte>> parts{head.bytes()};
    each_piece([&parts](const char* rows, std::size_t size) {
        parts.push_back(std::as_bytes(std::span(rows, size)));
    });
    parts.emplace_back(tail.bytes());
    return join_varlena(parts);
}

} // namespace recon::run
