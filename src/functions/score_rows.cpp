// Rows of a query scored in blocks, by several threads:
//
//   recon_score_rows(model recon_model, query text [, identity anyelement]) -> (identity, score)
#include <memory>

#include "core/models/model_bytes.hpp"
#include "functions/feature_number.hpp"
#include "postgres/boundary.hpp"
#include "postgres/cursor.hpp"
#include "postgres/datums.hpp"
#include "postgres/feature_row.hpp"
#include "postgres/memory.hpp"
#include "postgres/result_set.hpp"
#include "postgres/threads.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

constexpr std::size_t rows_fetched = 1024;
constexpr std::size_t rows_of_piece = 256; // of a thread's work

// What a row of the query is: an identity, then a feature in each column or all in one array.
class RowReader {
  public:
    RowReader(TupleDesc shape, Oid identity, const models::Model& model)
        : features_(model.columns()), kinds_(model.kinds()),
          values_(static_cast<std::size_t>(shape->natts)),
          nulls_(std::make_unique<bool[]>(values_.size())) {
        expect_identity(shape, identity);
        if (shape->natts == 2 && column_type(shape, 1) == FLOAT8ARRAYOID) return;
        models::expect_kinds(kinds_, {});
        if (values_.size() != features_ + 1) {
            throw Error(ErrorKind::invalid_parameter,
                        "the query has another number of features than the model",
                        "It has " + std::to_string(values_.size()) + " columns; an identity and " +
                            std::to_string(features_) + " features are expected.",
                        "Give them as columns, or as one column of type float8[].");
        }
        for (int column = 1; column < shape->natts; ++column) {
            const Oid type = column_type(shape, column);
            numbers_.push_back(feature_number(type));
            if (numbers_.back() != nullptr) continue;
            throw Error(ErrorKind::invalid_parameter,
                        std::string("column \"") + NameStr(TupleDescAttr(shape, column)->attname) +
                            "\" is no feature",
                        "Its type is " + type_name(type) + ".", "Cast it to float8.");
        }
    }

    // Adds the features of a row and gives its identity, which lives as long as the cursor's row.
    NullableDatum read(const Cursor& cursor, std::uint64_t row, std::vector<double>& features) {
        cursor.read(row, values_.data(), nulls_.get());
        if (numbers_.empty()) {
            add_array(features);
        } else {
            for (std::size_t j = 0; j < features_; ++j) {
                features.push_back(nulls_[j + 1] ? models::missing_value
                                                 : numbers_[j](values_[j + 1]));
            }
        }
        return {widen_ == nullptr || nulls_[0] ? values_[0] : widen_(values_[0]), nulls_[0]};
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

    void add_array(std::vector<double>& features) {
        if (nulls_[1]) {
            features.insert(features.end(), features_, models::missing_value);
            return;
        }
        const auto [row, kinds] = read_features(values_[1], array_);
        models::expect_kinds(kinds_, kinds);
        if (row.size() != features_) {
            throw Error(ErrorKind::invalid_parameter, "the row has another width than the model",
                        "The row has " + std::to_string(row.size()) + " features, the model " +
                            std::to_string(features_) + ".");
        }
        features.insert(features.end(), row.begin(), row.end());
    }

    std::size_t features_;
    std::span<const models::FeatureKind> kinds_;
    std::vector<Datum> values_;
    std::unique_ptr<bool[]> nulls_;
    std::vector<FeatureNumber> numbers_; // by feature; none for an array
    std::vector<double> array_;
    Datum (*widen_)(Datum) = nullptr;
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
    MemoryContext const block = guarded([] {
        return AllocSetContextCreate(CurrentMemoryContext, "recon rows to score",
                                     ALLOCSET_DEFAULT_SIZES);
    });
    std::vector<double> features;
    std::vector<double> scores;
    std::vector<NullableDatum> identities;
    while (const auto count = cursor.fetch(rows_fetched)) {
        features.clear();
        identities.clear();
        {
            const ContextScope in_block(block);
            for (std::uint64_t row = 0; row < count; ++row)
                identities.push_back(reader.read(cursor, row, features));
        }
        scores.resize(count);
        const std::size_t pieces = (count + rows_of_piece - 1) / rows_of_piece;
        threads.team().run(pieces, [&](std::size_t piece) {
            const std::size_t first = piece * rows_of_piece;
            const std::size_t size = std::min<std::size_t>(rows_of_piece, count - first);
            model->score(
                models::Rows{features.data() + first * model->columns(), size, model->columns()},
                std::span(scores).subspan(first, size));
        });
        for (std::size_t i = 0; i < count; ++i) {
            Datum values[] = {identities[i].value, 0};
            bool nulls[] = {identities[i].isnull, false};
            put_number(values[1], nulls[1], scores[i]);
            result.add(values, nulls);
        }
        MemoryContextReset(block);
    }
    connection.finish();
    return 0;
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_score_rows, recon::functions::score_rows);
