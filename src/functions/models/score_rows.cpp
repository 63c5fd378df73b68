// Rows of a query scored in blocks, by several threads:
//
//   recon_score_rows(model recon_model, query text [, identity anyelement]) -> (identity, score)
#include <algorithm>
#include <array>

#include "core/models/model_bytes.hpp"
#include "postgres/boundary.hpp"
#include "postgres/cursor.hpp"
#include "postgres/datums.hpp"
#include "postgres/feature_number.hpp"
#include "postgres/feature_row.hpp"
#include "postgres/memory.hpp"
#include "postgres/result_set.hpp"
#include "postgres/threads.hpp"

extern "C" {
#include "utils/datum.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;

constexpr std::size_t most_rows_of_block = 2048;
constexpr std::size_t numbers_of_block = 1048576; // or a piece, of wider rows
constexpr std::size_t rows_of_piece = 512;        // of a thread's work

// What a row of the query is: an identity, then a feature in each column or all in one array.
class RowReader {
  public:
    RowReader(TupleDesc shape, Oid identity, const models::Model& model)
        : features_(model.columns()), kinds_(model.kinds()) {
        expect_identity(shape, identity);
        by_value_ = TupleDescAttr(shape, 0)->attbyval;
        length_ = TupleDescAttr(shape, 0)->attlen;
        if (shape->natts == 2 && column_type(shape, 1) == FLOAT8ARRAYOID) return;
        models::expect_kinds(kinds_, {});
        if (static_cast<std::size_t>(shape->natts) != features_ + 1) {
            throw Error(ErrorKind::invalid_parameter,
                        "the query has another number of features than the model",
                        "It has " + std::to_string(shape->natts) + " columns; an identity and " +
                            std::to_string(features_) + " features are expected.",
                        "Give them as columns, or as one column of type float8[].");
        }
        for (int column = 1; column < shape->natts; ++column) {
            const Oid type = column_type(shape, column);
            numbers_.push_back(feature_number(type));
            if (numbers_.back() != nullptr) continue;
            throw Error(ErrorKind::invalid_parameter,
                        std::string("column \"") + NameStr(TupleDescAttr(shape, column)->attname) +
                            "\" cannot be a feature",
                        "Its type is " + type_name(type) + ".", "Cast it to float8.");
        }
    }

    // Adds the features of a row and gives its identity, which lives in the current context.
    NullableDatum read(const Datum* values, const bool* nulls, std::vector<double>& features) {
        if (numbers_.empty()) {
            add_array(values[1], nulls[1], features);
        } else {
            for (std::size_t j = 0; j < features_; ++j) {
                features.push_back(nulls[j + 1] ? models::missing_value
                                                : numbers_[j](values[j + 1]));
            }
        }
        if (nulls[0]) return {0, true};
        if (widen_ != nullptr) return {widen_(values[0]), false};
        if (by_value_) return {values[0], false};
        return {guarded([identity = values[0], length = length_] {
                    return datumCopy(identity, false, length);
                }),
                false};
    }

  private:
    void expect_identity(TupleDesc shape, Oid wanted) {
        const Oid type = shape->natts == 0 ? InvalidOid : TupleDescAttr(shape, 0)->atttypid;
        if (type == wanted) return;
        if (wanted == INT8OID && type == INT4OID) {
            widen_ = [](Datum value) { return Int64GetDatum(DatumGetInt32(value)); };
        } else if (wanted == INT8OID && type == INT2OID) {
            widen_ = [](Datum value) { return Int64GetDatum(DatumGetInt16(value)); };
        } else {
            throw Error(ErrorKind::invalid_parameter,
                        "the query's first column is not of the identity's type",
                        type == InvalidOid ? "It has no column."
                                           : "It is of type " + type_name(type) + ", not " +
                                                 type_name(wanted) + ".",
                        "Name the type, for example: identity => NULL::text.");
        }
    }

    void add_array(Datum value, bool is_null, std::vector<double>& features) {
        if (is_null) {
            features.insert(features.end(), features_, models::missing_value);
            return;
        }
        const auto [row, kinds] = read_features(value, array_);
        models::expect_kinds(kinds_, kinds);
        models::Model::expect_width(row.size(), features_);
        features.insert(features.end(), row.begin(), row.end());
    }

    std::size_t features_;
    std::span<const models::FeatureKind> kinds_;
    bool by_value_ = true; // the identity, as is:
    std::int16_t length_ = 0;
    std::vector<FeatureNumber> numbers_; // by feature; none for an array
    std::vector<double> array_;
    Datum (*widen_)(Datum) = nullptr;
};

// Rows on their way from the query to the result.
class Block {
  public:
    // Whether there are any more.
    bool read(Cursor& cursor, RowReader& reader, std::size_t columns) {
        guarded([context = context_] { MemoryContextReset(context); });
        identities_.clear();
        features_.clear();
        const ContextScope in_block(context_);
        const auto most = std::clamp(numbers_of_block / columns, rows_of_piece, most_rows_of_block);
        cursor.fetch(static_cast<long>(most), [&](const Datum* values, const bool* nulls) {
            identities_.push_back(reader.read(values, nulls, features_));
        });
        scores_.resize(identities_.size());
        return !identities_.empty();
    }

    [[nodiscard]] std::size_t pieces() const noexcept {
        return (identities_.size() + rows_of_piece - 1) / rows_of_piece;
    }

    void score(const models::Model& model, std::size_t piece) {
        const std::size_t first = piece * rows_of_piece;
        const std::size_t size = std::min(rows_of_piece, identities_.size() - first);
        model.score(models::Rows{features_.data() + first * model.columns(), size, model.columns()},
                    std::span(scores_).subspan(first, size));
    }

    void add_to(ResultSet& result) const {
        for (std::size_t i = 0; i < identities_.size(); ++i) {
            Datum values[] = {identities_[i].value, 0};
            bool nulls[] = {identities_[i].isnull, false};
            put_number(values[1], nulls[1], scores_[i]);
            result.add(values, nulls);
        }
    }

  private:
    MemoryContext context_ = guarded([] {
        return AllocSetContextCreate(CurrentMemoryContext, "recon rows to score",
                                     ALLOCSET_DEFAULT_SIZES);
    });
    std::vector<NullableDatum> identities_;
    std::vector<double> features_;
    std::vector<double> scores_;
};

Datum score_rows(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    ResultSet result(fcinfo);
    if (arguments.is_null(0) || arguments.is_null(1)) return 0;
    const auto model = models::read_model(bytes_of(arguments.datum(0)));
    FmgrInfo* const function = fcinfo->flinfo;
    const Oid identity =
        arguments.count() < 3 ? INT8OID : guarded([=] { return get_fn_expr_argtype(function, 2); });

    Query connection;
    Cursor cursor(connection, arguments.text(1));
    RowReader reader(cursor.shape(), identity, *model);
    BackendThreads threads;
    // Other threads score a block while this one puts away the block before and reads the next.
    std::array<Block, 3> blocks;
    Block* before = &blocks[0];
    Block* current = &blocks[1];
    Block* next = &blocks[2];
    for (bool is_any = current->read(cursor, reader, model->columns()); is_any;) {
        threads.team().run(
            current->pieces(), [&](std::size_t piece) { current->score(*model, piece); },
            [&] {
                before->add_to(result);
                is_any = next->read(cursor, reader, model->columns());
            });
        std::swap(before, current); // now: scored, put away, read
        std::swap(current, next);
    }
    before->add_to(result);
    connection.finish();
    return 0;
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_score_rows, recon::functions::score_rows);
