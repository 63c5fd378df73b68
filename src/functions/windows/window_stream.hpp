// What the window functions have in common: a row is judged by the state that the rows of earlier
// places in the window's order have made, and enters it when the next place begins.
//
// A Method has
//   struct Options, comparable, and `static std::optional<Options> read(WindowObject)`, nothing
//   where an option is NULL: then every result is NULL;
//   a constructor from Options;
//   void advance(), the rows that wait enter;
//   Datum judge(FunctionCallInfo, const NullableDatum&), the answer for a row, which then waits.
#pragma once

#include <optional>

#include "core/base/error.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/window.hpp"

namespace recon::functions {

// A float8 argument, NaN for NULL.
[[nodiscard]] inline double number_of(const NullableDatum& argument) noexcept {
    return argument.isnull ? std::nan("") : DatumGetFloat8(argument.value);
}

// The options of a window function: its arguments after the value.
class WindowOptions {
  public:
    explicit WindowOptions(WindowObject window) noexcept : window_(window) {}

    [[nodiscard]] std::int32_t int4(int at) { return DatumGetInt32(value(at)); }
    [[nodiscard]] double float8(int at) { return DatumGetFloat8(value(at)); }
    [[nodiscard]] bool boolean(int at) { return DatumGetBool(value(at)); }
    // Of an option that may be NULL.
    [[nodiscard]] std::optional<double> optional_float8(int at) {
        const auto argument = postgres::window_argument(window_, at);
        if (argument.isnull) return std::nullopt;
        return DatumGetFloat8(argument.value);
    }

    // `options` unless one of them was NULL.
    template <typename Options>
    [[nodiscard]] std::optional<Options> unless_null(const Options& options) const {
        return any_null_ ? std::nullopt : std::optional<Options>(options);
    }

  private:
    [[nodiscard]] Datum value(int at) {
        const auto argument = postgres::window_argument(window_, at);
        any_null_ = any_null_ || argument.isnull;
        return argument.isnull ? 0 : argument.value;
    }

    WindowObject window_;
    bool any_null_ = false;
};

template <typename Method>
class WindowStream {
  public:
    using Options = std::optional<typename Method::Options>;

    WindowStream(const Options& options, bool constant) : options_(options), constant_(constant) {
        if (options) method_.emplace(*options);
    }

    // Options are of the whole partition. Where the query's text does not make them constant, each
    // row is asked.
    void check_options(WindowObject window) const {
        if (constant_ || Method::read(window) == options_) return;
        throw Error(ErrorKind::invalid_parameter,
                    "options of a window function cannot differ within a partition", {},
                    "Only the first argument is read at every row.");
    }

    Datum next(FunctionCallInfo fcinfo, const postgres::WindowRow& row) {
        if (!method_) {
            fcinfo->isnull = true;
            return 0;
        }
        if (row.begins_place) method_->advance();
        return method_->judge(fcinfo, row.first_argument);
    }

  private:
    Options options_;
    bool constant_;
    std::optional<Method> method_;
};

[[nodiscard]] inline bool options_are_constant(FunctionCallInfo fcinfo) {
    return postgres::guarded([=] {
        bool constant = true;
        for (int at = 1; at < PG_NARGS(); ++at) {
            constant = constant && get_fn_expr_arg_stable(fcinfo->flinfo, at);
        }
        return constant;
    });
}

template <typename Method>
Datum window_function(FunctionCallInfo fcinfo) {
    using Stream = WindowStream<Method>;
    const auto row = postgres::next_window_row(fcinfo);
    auto* stream = static_cast<Stream*>(*row.state);
    if (stream == nullptr) {
        stream = postgres::make_in_partition<Stream>(row, Method::read(row.window),
                                                     options_are_constant(fcinfo));
        *row.state = stream;
    } else {
        stream->check_options(row.window);
    }
    return stream->next(fcinfo, row);
}

} // namespace recon::functions
