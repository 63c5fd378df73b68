#include "run/store/run_store.hpp"

#include "postgres/query.hpp"
#include "run/store/reconciliation_lock.hpp"
#include "run/store/run_record.hpp"
#include "run/store/watched_rows.hpp"

namespace recon::run {

using namespace recon::postgres;

namespace {

std::int64_t begin(const RunPlan& plan) {
    hold_reconciliation(plan);
    return number_of_run(plan);
}

} // namespace

RunStore::RunStore(const RunPlan& plan, const KeySpool& spool, const Detection& detection)
    : plan_(plan), spool_(spool), detection_(detection), run_id_(begin(plan)),
      known_(match_known_breaks(plan, spool, detection)),
      breaks_(detection, known_, {*plan.reconciliation_id, run_id_}), scores_(plan, detection),
      items_(plan, spool, detection) {}

void RunStore::add(std::size_t at, VerdictRow& row) {
    if (known_.kinds[at] == ChangeKind::unchanged) return;
    breaks_.add(at, row);
    if (plan_.keeps_all_scores || detection_.is_anomaly(row.judged())) {
        scores_.add(row.judged(), known_.ids[at], run_id_);
    }
}

std::int64_t RunStore::finish(const std::string& message) {
    breaks_.flush();
    Query query;
    breaks_.show();
    scores_.show();
    items_.show(run_id_);
    begin_run(query, plan_, run_id_);
    end_run(query, plan_, detection_, run_id_, {breaks_.changes(), message});
    breaks_.write(query);
    if (detection_.window) items_.write(query, run_id_);
    if (!detection_.late.empty()) items_.write_late(query, run_id_);
    forget_watched(query, plan_, spool_, detection_);
    scores_.write(query);
    query.finish();
    Query announcement;
    const Parameter run[] = {int8_parameter(run_id_)};
    announcement.run("SELECT recon.suppress_breaks($1)", run);
    announcement.run("SELECT recon.announce_run($1)", run);
    announcement.finish();
    breaks_.end();
    scores_.end();
    items_.end();
    return run_id_;
}

} // namespace recon::run
