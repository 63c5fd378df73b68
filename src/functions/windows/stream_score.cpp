// recon_stream_score(x, at) OVER w: how improbable a row is after all rows before it.
#include "core/evidence/stream_detector.hpp"
#include "core/series/admitted.hpp"
#include "core/series/peers.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/window.hpp"

namespace recon::functions {
namespace {

class StreamScore {
  public:
    [[nodiscard]] double judge(double x, double at) {
        if (!series::admitted(x)) return std::nan("");
        peers_.wait({at, x + 0.0});
        return detector_.judge(x, at).score;
    }
    void advance() {
        peers_.leave([this](const Row& row) { detector_.add(row.x, row.at); });
    }

  private:
    struct Row {
        double at;
        double x;
        // The comparison takes an order for a pointer's.
        auto operator<=>(const Row&) const = default; // NOLINT(modernize-use-nullptr)
    };

    evidence::StreamDetector detector_;
    series::PeersOf<Row> peers_;
};

// Seconds since the midnight in UTC at which 2000 began; infinite where unknown, which is how peers
// can be put in order.
double seconds_of(const NullableDatum& at) {
    const Timestamp microseconds = at.isnull ? DT_NOEND : DatumGetTimestampTz(at.value);
    if (TIMESTAMP_NOT_FINITE(microseconds)) return std::numeric_limits<double>::infinity();
    return static_cast<double>(microseconds) / static_cast<double>(USECS_PER_SEC);
}

Datum stream_score(FunctionCallInfo fcinfo) {
    const auto row = postgres::next_window_row(fcinfo);
    if (*row.state == nullptr) *row.state = postgres::make_in_partition<StreamScore>(row);
    auto& stream = *static_cast<StreamScore*>(*row.state);
    if (row.begins_place) stream.advance();
    const auto at = postgres::window_argument(row.window, 1);
    const double x =
        row.first_argument.isnull ? std::nan("") : DatumGetFloat8(row.first_argument.value);
    return postgres::make_number(fcinfo, stream.judge(x, seconds_of(at)));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_window_stream_score, recon::functions::stream_score);
