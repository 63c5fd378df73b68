// How pages look: light and dark, on screen and on paper.
#pragma once

#include <string_view>

#include "core/base/firewall.hpp"

namespace recon::report {

inline constexpr std::string_view page_style = R"(
:root{--ink:#1b2430;--soft:#5b6675;--paper:#fff;--panel:#f4f6f9;--line:#d5dbe3;--blue:#1f5fa8;--alert:#b3261e;
--warn:#8a5a00;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf3;--soft:#a3afbd;--paper:#12171e;--panel:#1c232d;--line:#36414f;
--blue:#7db4f0;--alert:#ff8a80;--warn:#ffc766}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1120px;padding:24px;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1{margin:0;font-size:28px;line-height:1.2}h2{margin:28px 0 10px;font-size:18px}h3{margin:0 0 2px;font-size:16px}
.meta,.axis,.note,footer{color:var(--soft)}.meta{margin:2px 0 8px;font-size:14px}footer{margin-top:36px;font-size:13px}
.summary{margin:18px 0;padding:16px 20px;background:var(--panel);border-left:4px solid var(--blue);font-size:18px}
.message{padding:10px 16px;border:1px solid var(--warn);border-radius:6px}
.tiles{display:flex;flex-wrap:wrap;gap:12px}
.tile{flex:1 1 150px;padding:12px 16px;background:var(--panel);border-radius:8px}
.tile-value{font-size:26px;font-weight:600;font-variant-numeric:tabular-nums}.tile-label{color:var(--soft);font-size:14px}
.alert .tile-value{color:var(--alert)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:0 32px}
figure{margin:0}figcaption{color:var(--soft);font-size:14px}
svg{max-width:100%;height:auto;display:block;overflow:visible}
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .axis,svg .note{fill:var(--soft)}
svg .value{font-weight:600}svg .marked{fill:var(--alert)}
.line{fill:none;stroke:var(--blue);stroke-width:1.8}.zero{stroke:var(--line)}.point{fill:var(--blue)}
.mark{fill:var(--alert)}.bar{fill:var(--blue)}
.card{margin:0 0 14px;padding:14px 18px;border:1px solid var(--line);border-radius:8px;break-inside:avoid}
.card p{margin:6px 0}.amount{float:right;font-variant-numeric:tabular-nums}
.badge{padding:1px 8px;border:1px solid currentColor;border-radius:10px;font-size:12px;color:var(--soft)}
.badge.high,.badge.critical{color:var(--alert)}.badge.medium{color:var(--warn)}
table{width:100%;border-collapse:collapse;font-size:14px}
th,td{padding:6px 10px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.narrow{max-width:420px}
tbody tr{content-visibility:auto;contain-intrinsic-size:auto 34px}
.skip{position:absolute;left:-9999px}.skip:focus{left:16px;top:8px;padding:6px 12px;background:var(--paper)}
a:focus-visible{outline:3px solid var(--blue)}
@page{margin:16mm}
@media print{:root{--ink:#000;--soft:#444;--paper:#fff;--panel:#f4f4f4;--line:#bbb;--blue:#1f5fa8;--alert:#b3261e;
--warn:#8a5a00}body{max-width:none;padding:0;font-size:11pt}thead{display:table-header-group}tr,figure,.tile{break-inside:avoid}
h2{break-after:avoid}.skip{display:none}}
)";

} // namespace recon::report
