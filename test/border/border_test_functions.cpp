// Functions that misbehave on purpose, for the tests of the border. They live in a library of
// their own, built with the same flags from the same border, which is never installed.
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/random.hpp"
#include "core/series/moments.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/guard.hpp"
#include "postgres/memory.hpp"
#include "postgres/query.hpp"

namespace recon::border_test {
namespace {

using postgres::Arguments;
using postgres::guarded;
using postgres::ServerError;

// Counts how many of its kind are alive; after any error it must be as many as before.
class Counted {
  public:
    Counted() noexcept { ++alive; }
    Counted(const Counted&) noexcept { ++alive; }
    Counted& operator=(const Counted&) noexcept = default;
    ~Counted() { --alive; }

    static inline std::int64_t alive = 0;
};

Datum alive(FunctionCallInfo /*fcinfo*/) {
    return Int64GetDatum(Counted::alive);
}

// border_throw(kind): throws what `kind` names.
Datum throw_kind(FunctionCallInfo fcinfo) {
    const Counted guard;
    const auto kind = Arguments(fcinfo).text(0);
    const std::array<std::pair<const char*, ErrorKind>, 7> kinds{
        {{"invalid_parameter", ErrorKind::invalid_parameter},
         {"invalid_data", ErrorKind::invalid_data},
         {"limit_exceeded", ErrorKind::limit_exceeded},
         {"not_available", ErrorKind::not_available},
         {"not_found", ErrorKind::not_found},
         {"busy", ErrorKind::busy},
         {"internal", ErrorKind::internal}}};
    for (const auto& [name, value] : kinds) {
        if (kind == name) {
            throw Error(value, "an error of kind " + kind, "The detail of " + kind + ".",
                        "The hint of " + kind + ".");
        }
    }
    if (kind == "bare") throw Error(ErrorKind::invalid_parameter, "neither detail nor hint");
    if (kind == "percent") throw Error(ErrorKind::invalid_parameter, "100%s of %n");
    // 400 characters of two bytes each: more than a message may have.
    if (kind == "long") {
        std::string text = "x";
        for (int i = 0; i < 400; ++i) {
            text += "\xc3\xa9";
        }
        throw Error(ErrorKind::invalid_parameter, text);
    }
    if (kind == "not_text") throw Error(ErrorKind::invalid_parameter, "bytes \xff\xfe here");
    if (kind == "bad_alloc") throw std::bad_alloc();
    if (kind == "length_error") throw std::length_error("vector::_M_default_append");
    if (kind == "runtime_error") throw std::runtime_error("a plain runtime error");
    if (kind == "int") throw 42;
    throw Error(ErrorKind::invalid_parameter, "no such kind");
}

// border_allocate(bytes): a real failure of a container, for what none can hold, or of operator
// new. The latter is called by its name: a compiler may leave out what a container allocates and
// nobody reads.
Datum allocate(FunctionCallInfo fcinfo) {
    const Counted guard;
    const std::int64_t bytes = Arguments(fcinfo).int8(0);
    if (bytes < 0) std::vector<std::byte>().resize(static_cast<std::size_t>(bytes));
    ::operator delete(::operator new(static_cast<std::size_t>(bytes)));
    return Int64GetDatum(bytes);
}

// border_int4(text): an error of the server, through a guard within a guard, over live objects.
Datum server_int4(FunctionCallInfo fcinfo) {
    const Counted guard;
    const auto text = Arguments(fcinfo).text(0);
    const std::vector<Counted> many(10);
    const char* const digits = text.c_str();
    const auto parse = [=] { return DirectFunctionCall1(int4in, CStringGetDatum(digits)); };
    return guarded([=] { return guarded(parse); });
}

// Runs a statement and gives the first column of its first row as text.
std::string first_value(const std::string& statement) {
    const char* const text = statement.c_str();
    guarded([] { SPI_connect(); });
    const char* const value = guarded([=]() -> const char* {
        if (SPI_execute(text, false, 1) < 0) elog(ERROR, "statement was not executed");
        if (SPI_processed == 0 || SPI_tuptable == nullptr) return nullptr;
        return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
    });
    std::string result = value != nullptr ? value : "";
    guarded([] { SPI_finish(); });
    return result;
}

// border_spi(statement): SQL from C++, over live objects.
Datum run_statement(FunctionCallInfo fcinfo) {
    const Counted guard;
    const auto statement = Arguments(fcinfo).text(0);
    const std::vector<Counted> many(10);
    return postgres::make_text(first_value(statement));
}

// border_read(statement, row, column, how): reads one place of a result; rows count from 0.
Datum read_place(FunctionCallInfo fcinfo) {
    const Counted guard;
    const Arguments arguments(fcinfo);
    const auto row = static_cast<std::uint64_t>(arguments.int8(1));
    const auto name = arguments.text(2);
    const auto how = arguments.text(3);
    postgres::Query query;
    query.run(arguments.text(0));
    const auto column = query.column(name.c_str());
    std::string answer;
    if (how == "is_null") {
        answer = query.is_null(row, column) ? "null" : "not null";
    } else if (how == "value") {
        answer = std::to_string(DatumGetInt32(query.value(row, column)));
    } else {
        answer = query.optional_text(row, column).value_or("null");
    }
    query.finish();
    return postgres::make_text(answer);
}

// border_recover(statement): runs it in a subtransaction. When it fails, the error must still be
// readable after the subtransaction, and all memory made in it, is gone.
Datum recover(FunctionCallInfo fcinfo) {
    const Counted guard;
    const auto statement = Arguments(fcinfo).text(0);
    const MemoryContext memory = CurrentMemoryContext;
    const ResourceOwner owner = CurrentResourceOwner;
    guarded([] { BeginInternalSubTransaction(nullptr); });
    try {
        const auto value = first_value(statement);
        guarded([] { ReleaseCurrentSubTransaction(); });
        MemoryContextSwitchTo(memory);
        CurrentResourceOwner = owner;
        return postgres::make_text("value " + value);
    } catch (const ServerError& error) {
        guarded([] { RollbackAndReleaseCurrentSubTransaction(); });
        MemoryContextSwitchTo(memory);
        CurrentResourceOwner = owner;
        return postgres::make_text(std::string("error ") +
                                   unpack_sql_state(error.data->sqlerrcode) + " " +
                                   error.data->message);
    }
}

// A context that its scope deletes; the error that leaves the scope must not go with it. Its first
// block is so large that the allocator gives it back to the system.
class PrivateContext {
  public:
    PrivateContext()
        : outer_(CurrentMemoryContext), context_(guarded([outer = outer_] {
              return AllocSetContextCreate(outer, "border test", 1 << 20, 1 << 20, 1 << 23);
          })) {
        MemoryContextSwitchTo(context_);
    }
    ~PrivateContext() {
        MemoryContextSwitchTo(outer_);
        MemoryContextDelete(context_);
    }
    PrivateContext(const PrivateContext&) = delete;
    PrivateContext& operator=(const PrivateContext&) = delete;

  private:
    MemoryContext outer_;
    MemoryContext context_;
};

// border_scoped_error(text): int4in fails while a context is current that unwinding deletes.
Datum scoped_error(FunctionCallInfo fcinfo) {
    const Counted guard;
    const auto text = Arguments(fcinfo).text(0);
    const char* const digits = text.c_str();
    const PrivateContext scope;
    return guarded([=] { return DirectFunctionCall1(int4in, CStringGetDatum(digits)); });
}

// border_swallow(text): an exception leaves a guarded call, is caught, and the guard's handler must
// not stay behind: the server's next error would jump into a frame that is gone.
Datum swallow(FunctionCallInfo fcinfo) {
    const Counted guard;
    try {
        guarded([] { throw std::runtime_error("thrown inside a guard"); });
    } catch (const std::runtime_error&) {
        const Counted caught;
    }
    return throw_kind(fcinfo);
}

// border_compute(rounds, kilobytes): a long computation that polls as the core does. With
// kilobytes > 0 it also holds that much memory in containers of its own, again and again.
Datum compute(FunctionCallInfo fcinfo) {
    const Counted guard;
    const Arguments arguments(fcinfo);
    const auto rounds = arguments.int8(0);
    const auto kilobytes = static_cast<std::size_t>(arguments.int4(1));
    Random random(1);
    std::uint64_t sum = 0;
    std::vector<std::unique_ptr<std::array<std::uint64_t, 128>>> held;
    std::vector<Counted> objects;
    for (std::int64_t round = 0; round < rounds; ++round) {
        for (int i = 0; i < 1000; ++i) {
            sum += random.next();
        }
        if (kilobytes > 0) {
            if (held.size() == kilobytes) held.clear();
            held.push_back(std::make_unique<std::array<std::uint64_t, 128>>());
            held.back()->fill(sum);
            objects.resize(held.size());
        }
        poll_interrupt();
    }
    return Int64GetDatum(static_cast<std::int64_t>(sum >> 1));
}

// border_sum(x, fail_after): an aggregate whose state is an object of the aggregate's context. It
// throws when more than `fail_after` rows have come.
struct SumState {
    Counted counted;
    std::vector<double> values; // memory of its own, which only the destructor frees
};

Datum sum_step(FunctionCallInfo fcinfo) {
    const Counted guard;
    const Arguments arguments(fcinfo);
    const auto context = postgres::aggregate_context(fcinfo);
    auto* state = reinterpret_cast<SumState*>(
        arguments.is_null(0) ? nullptr : DatumGetPointer(arguments.datum(0)));
    if (state == nullptr) state = postgres::make_in_context<SumState>(context);
    state->values.push_back(arguments.float8(1));
    if (static_cast<std::int64_t>(state->values.size()) > arguments.int8(2)) {
        throw Error(ErrorKind::limit_exceeded,
                    "more than " + std::to_string(arguments.int8(2)) + " rows");
    }
    return PointerGetDatum(state);
}

Datum sum_final(FunctionCallInfo fcinfo) {
    const auto* state = reinterpret_cast<SumState*>(DatumGetPointer(Arguments(fcinfo).datum(0)));
    double sum = 0;
    for (const double value : state->values) {
        sum += value;
    }
    return Float8GetDatum(sum);
}

// border_moments(bytea): a serialized value is read and written back.
Datum moments_echo(FunctionCallInfo fcinfo) {
    const Counted guard;
    ByteReader reader(postgres::bytes_of(Arguments(fcinfo).datum(0)), "moments");
    const auto moments = series::Moments::deserialize(reader);
    reader.expect_end();
    ByteWriter writer;
    moments.serialize(writer);
    return postgres::make_varlena(writer.bytes());
}

Datum moments_of(FunctionCallInfo fcinfo) {
    series::Moments moments;
    for (const double value : postgres::float8_array(Arguments(fcinfo).datum(0))) {
        moments.add(value);
    }
    ByteWriter writer;
    moments.serialize(writer);
    return postgres::make_varlena(writer.bytes());
}

// Values there and back.
Datum text_echo(FunctionCallInfo fcinfo) {
    const Counted guard;
    const auto bytes = postgres::bytes_of(Arguments(fcinfo).datum(0));
    return postgres::make_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Datum float8_array_echo(FunctionCallInfo fcinfo) {
    return postgres::make_float8_array(postgres::float8_array(Arguments(fcinfo).datum(0)));
}

Datum text_array_echo(FunctionCallInfo fcinfo) {
    std::vector<std::string> texts;
    for (const auto& text : postgres::text_array(Arguments(fcinfo).datum(0))) {
        texts.push_back(text.value_or("(null)"));
    }
    return postgres::make_text_array(texts);
}

Datum double_of_numeric(FunctionCallInfo fcinfo) {
    return Float8GetDatum(postgres::double_of_numeric(Arguments(fcinfo).datum(0)));
}

Datum numeric_echo(FunctionCallInfo fcinfo) {
    return postgres::make_numeric(postgres::double_of_numeric(Arguments(fcinfo).datum(0)));
}

} // namespace
} // namespace recon::border_test

RECON_FUNCTION(border_alive, recon::border_test::alive);
RECON_FUNCTION(border_throw, recon::border_test::throw_kind);
RECON_FUNCTION(border_allocate, recon::border_test::allocate);
RECON_FUNCTION(border_int4, recon::border_test::server_int4);
RECON_FUNCTION(border_spi, recon::border_test::run_statement);
RECON_FUNCTION(border_read, recon::border_test::read_place);
RECON_FUNCTION(border_recover, recon::border_test::recover);
RECON_FUNCTION(border_scoped_error, recon::border_test::scoped_error);
RECON_FUNCTION(border_swallow, recon::border_test::swallow);
RECON_FUNCTION(border_compute, recon::border_test::compute);
RECON_FUNCTION(border_sum_step, recon::border_test::sum_step);
RECON_FUNCTION(border_sum_final, recon::border_test::sum_final);
RECON_FUNCTION(border_moments, recon::border_test::moments_echo);
RECON_FUNCTION(border_moments_of, recon::border_test::moments_of);
RECON_FUNCTION(border_text, recon::border_test::text_echo);
RECON_FUNCTION(border_float8_array, recon::border_test::float8_array_echo);
RECON_FUNCTION(border_text_array, recon::border_test::text_array_echo);
RECON_FUNCTION(border_double, recon::border_test::double_of_numeric);
RECON_FUNCTION(border_numeric, recon::border_test::numeric_echo);
