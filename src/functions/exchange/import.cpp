// recon_import(content, into_table, server_file, large_object, text_rows, profile, options,
// file_name), recon_correct_row(upload, line, corrected).
#include "exchange/import.hpp"
#include "core/base/error.hpp"
#include "exchange/file_sources.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/roles.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;
using namespace recon::exchange;

enum Argument {
    content,
    into_table,
    server_file,
    large_object,
    text_rows,
    profile,
    options,
    file_name
};

std::int64_t import_content(const Arguments& arguments, ImportRequest& request) {
    const auto bytes = bytes_of(arguments.datum(content));
    request.came_as = "bytes";
    request.content = arguments.datum(content);
    formats::MemorySource source({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return import_file(source, request);
}

std::int64_t import_server_file(const Arguments& arguments, ImportRequest& request) {
    request.came_as = "server_file";
    ServerFile source(arguments.text(server_file));
    if (!request.file_name) {
        const std::string path = arguments.text(server_file);
        request.file_name = path.substr(path.rfind('/') + 1);
    }
    const auto upload = import_file(source, request);
    source.close();
    return upload;
}

std::int64_t import_large_object(const Arguments& arguments, ImportRequest& request) {
    request.came_as = "large_object";
    LargeObject source(DatumGetObjectId(arguments.datum(large_object)));
    return import_file(source, request);
}

std::int64_t import_text_rows(const Arguments& arguments, ImportRequest& request) {
    request.came_as = "text_rows";
    // What reads the rows is of the connection that import_file() opens.
    TextRows source(arguments.text(text_rows));
    return import_file(source, request);
}

Datum import_any(FunctionCallInfo fcinfo) {
    const CallerScope remembered;
    const Arguments arguments(fcinfo);
    int sources = 0;
    for (const int source : {content, server_file, large_object, text_rows}) {
        sources += arguments.is_null(source) ? 0 : 1;
    }
    if (sources != 1 || arguments.is_null(into_table) || arguments.is_null(options)) {
        throw Error(
            ErrorKind::invalid_parameter,
            sources != 1 ? "recon_import needs one file"
                         : "into_table and options must not be NULL",
            std::to_string(sources) + " of content, server_file, large_object and text_rows "
                                      "were given.",
            "Give one of them, and into_table: the table that the rows go to, which is made "
            "where there is none.");
    }
    ImportRequest request;
    request.table = arguments.text(into_table);
    request.options = arguments.datum(options);
    request.profile_name = arguments.optional_text(profile);
    request.file_name = arguments.optional_text(file_name);
    if (!arguments.is_null(content)) return Int64GetDatum(import_content(arguments, request));
    if (!arguments.is_null(server_file))
        return Int64GetDatum(import_server_file(arguments, request));
    if (!arguments.is_null(large_object)) {
        return Int64GetDatum(import_large_object(arguments, request));
    }
    return Int64GetDatum(import_text_rows(arguments, request));
}

Datum correct(FunctionCallInfo fcinfo) {
    const CallerScope remembered;
    const Arguments arguments(fcinfo);
    return make_text(correct_row(arguments.int8(0), arguments.int8(1), arguments.text(2)));
}

// Errors of statements on the way are the caller's, their text is not.
template <Datum (*entry)(FunctionCallInfo)>
Datum plainly(FunctionCallInfo fcinfo) {
    try {
        return entry(fcinfo);
    } catch (const ServerError& error) {
        hide_implementation(*error.data);
        throw;
    }
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_import, recon::functions::plainly<recon::functions::import_any>);
RECON_FUNCTION(recon_correct_row, recon::functions::plainly<recon::functions::correct>);
