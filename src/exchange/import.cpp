#include "exchange/import.hpp"

#include "core/base/error.hpp"
#include "exchange/file_sources.hpp"
#include "exchange/open_file.hpp"
#include "exchange/owner_query.hpp"
#include "exchange/profile_reader.hpp"
#include "exchange/row_loader.hpp"
#include "formats/csv/table_rows.hpp"
#include "postgres/datums.hpp"
#include "postgres/progress_reporter.hpp"
#include "postgres/query.hpp"
#include "postgres/roles.hpp"

namespace recon::exchange {

using namespace recon::postgres;
using formats::FileProfile;

namespace {

struct ImportPlan {
    std::int64_t upload = 0;
    std::uint64_t most_rejects = 0;
    std::optional<FileProfile> pinned;
};

Parameter jsonb_parameter(Datum jsonb) {
    return {JSONBOID, jsonb, false};
}

ImportPlan begin(const ImportRequest& request, const FileDigest& digest) {
    const Parameter parameters[] = {
        text_parameter(request.came_as),
        text_parameter(request.file_name),
        text_parameter(request.table),
        int8_parameter(digest.bytes),
        text_parameter(digest.sha256),
        text_parameter(request.profile_name),
        jsonb_parameter(request.options),
        {BYTEAOID, request.content.value_or(0), !request.content.has_value()}};
    const auto answer =
        ask_as_owner("SELECT recon.begin_import($1, $2, $3, $4, $5, $6, $7, $8) AS answer",
                     parameters, "the plan of an import");
    ImportPlan plan;
    plan.upload = answer.at("upload_id").integer();
    plan.most_rejects = static_cast<std::uint64_t>(answer.at("most_rejects").integer());
    if (const auto profile = answer.find("profile")) plan.pinned = read_profile(*profile);
    return plan;
}

std::string joined(const std::vector<std::string>& sentences) {
    std::string text;
    for (const auto& sentence : sentences) {
        text += (text.empty() ? "" : "; ") + sentence;
    }
    return text;
}

formats::SniffOptions reading(const ImportRequest& request, const ImportPlan& plan) {
    if (plan.pinned) return options_of(*plan.pinned);
    return read_options(JsonValue(request.options, "options", JsonValue::Origin::caller));
}

FileProfile settle_profile(const formats::Sniffed& found, const ImportRequest& request,
                           const ImportPlan& plan) {
    if (plan.pinned) {
        const auto differences = drift(*plan.pinned, found.profile);
        if (!differences.empty()) {
            throw Error(ErrorKind::not_available,
                        "the file differs from profile \"" + *request.profile_name + "\"",
                        joined(differences) + ".",
                        "Ask who sends the file, or pin what recon_sniff finds under a new name.");
        }
        return *plan.pinned;
    }
    const auto questions = found.questions();
    if (!questions.empty()) {
        throw Error(
            ErrorKind::not_available, "the file does not say how it is to be read",
            "It leaves open, " + joined(questions) + ".",
            "Give the answer in options, for example options => '{\"date_order\": \"DMY\"}'.");
    }
    if (found.profile.columns.empty()) {
        throw Error(ErrorKind::invalid_data, "the file holds no table",
                    "All of its lines are blank.",
                    "Ask whether the export has finished, and send the file again.");
    }
    return found.profile;
}

void write_down(const ImportPlan& plan, const TargetTable& table, const FileProfile& profile,
                RowLoader& loader) {
    const auto& counts = loader.counts();
    const auto count = [](std::uint64_t number) {
        return int8_parameter(static_cast<std::int64_t>(number));
    };
    const Parameter parameters[] = {int8_parameter(plan.upload),
                                    jsonb_parameter(make_jsonb(formats::profile_json(profile))),
                                    text_parameter(table.name),
                                    text_parameter(profile.format),
                                    count(counts.lines),
                                    count(counts.loaded),
                                    count(counts.rejected),
                                    count(counts.all_skipped()),
                                    jsonb_parameter(make_jsonb(counts.skipped_json()))};
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    Query query;
    query.run("SELECT recon.finish_import($1, $2, $3, $4, $5, $6, $7, $8, $9)", parameters);
    if (loader.rejects().count() > 0) {
        loader.rejects().show_as("rejected_rows");
        query.run(loader.rejects().insert_into("upload_reject", "rejected_rows"));
    }
    query.finish();
    as_owner.finish();
    loader.rejects().end();
}

void require_rows(const RowCounts& counts, const RowLoader& loader) {
    if (counts.loaded > 0) return;
    if (counts.rejected > 0) {
        throw Error(ErrorKind::invalid_data, "no row of the file could be loaded",
                    "All " + std::to_string(counts.rejected) + " were rejected, the first in " +
                        loader.first_reason() + ".",
                    "Look at the file with recon_sniff, and give the right options.");
    }
    throw Error(ErrorKind::invalid_data, "the file holds no rows",
                "All of its " + std::to_string(counts.lines) +
                    " lines are header, blank or totals: " + counts.skipped_json() + ".",
                "Ask whether the export has finished, and send the file again.");
}

} // namespace

std::int64_t import_file(formats::ByteSource& source, const ImportRequest& request) {
    const ProgressReporter reporter("import into " + request.table);
    Query query;
    const auto digest = digest_of(source);
    const auto plan = begin(request, digest);
    OpenFile file(source, reading(request, plan));
    const auto profile = settle_profile(file.found(), request, plan);
    const auto table = open_target(query, request.table, profile);
    RowLoader loader(table, profile, plan.upload, plan.most_rejects);
    loader.load(*file.rows(profile));
    require_rows(loader.counts(), loader);
    loader.finish();
    write_down(plan, table, profile, loader);
    query.finish();
    return plan.upload;
}

std::string correct_row(std::int64_t upload, std::int64_t line, const std::string& text) {
    Query query;
    const Parameter which[] = {int8_parameter(upload), int8_parameter(line)};
    const auto found =
        ask_as_owner("SELECT recon.rejected_row($1, $2) AS answer", which, "a rejected row");
    auto profile = read_profile(found.at("profile"));
    // The row stands alone, whatever was above it.
    profile.format = "csv";
    profile.encoding = formats::Encoding::utf8;
    profile.preamble = profile.header_rows = 0;
    profile.skips_totals = false;
    const auto table = open_target(query, found.at("target").text(), profile);
    formats::MemorySource source(text);
    RowLoader loader(table, profile, upload, 1);
    formats::TableRows rows(source, profile);
    loader.load(rows);
    if (loader.counts().lines != 1 || loader.counts().loaded != 1) {
        throw Error(ErrorKind::invalid_data, "the corrected row cannot be loaded",
                    loader.counts().lines != 1
                        ? "It is " + std::to_string(loader.counts().lines) + " rows."
                        : "In its " + loader.first_reason() + ".",
                    "Write it as the file has its rows, with all " +
                        std::to_string(profile.columns.size()) + " fields.");
    }
    loader.finish();
    loader.rejects().end();
    const Parameter corrected[] = {int8_parameter(upload), int8_parameter(line),
                                   text_parameter(text)};
    (void)ask_as_owner("SELECT recon.note_correction($1, $2, $3) AS answer", corrected,
                       "a corrected row");
    query.finish();
    return "line " + std::to_string(line) + " of upload " + std::to_string(upload) +
           " is loaded into " + table.name;
}

} // namespace recon::exchange
