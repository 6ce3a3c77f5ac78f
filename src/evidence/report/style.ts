/** The style sheet of the report: light and dark, on a phone and on paper. Its digest stands in the page's policy. */
export const STYLE = `
:root {
  --paper: #ffffff; --sheet: #f6f7f9; --ink: #16191f; --quiet: #59616e; --rule: #dde1e7; --link: #1f4fbf;
  --good: #0b6b3a; --good-wash: #e3f4ea; --bad: #a8201a; --bad-wash: #fbe9e7; --doubt: #8a5300; --doubt-wash: #fdf1dd;
  --one: #2457c5; --one-wash: #dfe8fb; --two: #b3261e; --three: #0f7a5a; --four: #5b48c2; --five: #b25a00; --six: #9c1f6e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --sheet: #1c2027; --ink: #e9ecf1; --quiet: #a3acba; --rule: #323843; --link: #9dbcff;
    --good: #74d6a0; --good-wash: #16301f; --bad: #ff9a91; --bad-wash: #3a1c1a; --doubt: #f3c170; --doubt-wash: #38290f;
    --one: #8fb2ff; --one-wash: #22304f; --two: #ff8f86; --three: #62d2ac; --four: #b3a5ff; --five: #f5ad5f; --six: #f58fc9;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: clamp(1.7rem, 5vw, 2.5rem); letter-spacing: -0.02em; }
h2 { margin: 3.5rem 0 1rem; padding-top: 1.25rem; border-top: 2px solid var(--ink); font-size: 1.4rem; letter-spacing: -0.01em; }
h3 { margin: 2rem 0 .6rem; font-size: 1.05rem; }
p { margin: .5rem 0; }
a { color: var(--link); text-underline-offset: .15em; }
code { font: .86em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--quiet); }
q { quotes: "\\201C" "\\201D"; }
.kind { margin: 0 0 .4rem; color: var(--quiet); font-size: .85rem; font-weight: 600; letter-spacing: .08em; text-transform: uppercase; }
.quiet, .zone { color: var(--quiet); }
.zone { font-size: .8em; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.outcome { padding: .9rem 1.1rem; border-left: .35rem solid; border-radius: .35rem; }
.outcome strong { display: block; font-size: 1.5rem; line-height: 1.25; }
.outcome.live { background: var(--good-wash); border-color: var(--good); }
.outcome.live strong { color: var(--good); }
.outcome.rolled-back, .outcome.destroyed { background: var(--bad-wash); border-color: var(--bad); }
.outcome.rolled-back strong, .outcome.destroyed strong { color: var(--bad); }
.outcome.rejected, .outcome.canceled, .outcome.none { background: var(--doubt-wash); border-color: var(--doubt); }
.outcome.rejected strong, .outcome.canceled strong, .outcome.none strong { color: var(--doubt); }
.why { padding: .5rem 1.1rem; border-left: .35rem solid var(--rule); overflow-wrap: anywhere; }
.why strong { margin-right: .4rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1px; margin: 1.5rem 0 0; padding: 1px; background: var(--rule); border-radius: .35rem; overflow: hidden; }
.facts div { padding: .65rem .9rem; background: var(--sheet); }
.facts dt { color: var(--quiet); font-size: .8rem; }
.facts dd { margin: 0; font-size: .94rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
.wide:focus-visible, .chart:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; font-variant-numeric: tabular-nums; }
.figures td { white-space: nowrap; }
thead th { color: var(--quiet); font-size: .8rem; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; }
tr.limits th, tr.limits td { color: var(--quiet); font-weight: 400; font-style: italic; }
table.runbook { min-width: 44rem; }
.runbook .item { width: 4.5rem; color: var(--quiet); font: .82rem/1.7 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.runbook tbody th { width: 27%; }
.runbook td:nth-child(3) { width: 6.5rem; }
.runbook td:nth-child(4) { overflow-wrap: anywhere; }
.runbook td:last-child { width: 12.5rem; }
.runbook ul { margin: .3rem 0 0; padding-left: 1.1rem; }
.verdict { display: inline-block; padding: .05rem .5rem; border-radius: 1rem; font-size: .8rem; font-weight: 600; white-space: nowrap; }
.verdict.pass { background: var(--good-wash); color: var(--good); }
.verdict.fail { background: var(--bad-wash); color: var(--bad); }
.verdict.inconclusive { background: var(--doubt-wash); color: var(--doubt); }
.verdict.none { background: var(--sheet); color: var(--quiet); }
.about { display: block; }
.link { display: block; color: var(--quiet); overflow-wrap: anywhere; }
.signed { font-size: .85em; }
.gates { margin: 0; padding: 0; list-style: none; }
.gate { margin: 0 0 1rem; padding: .9rem 1.1rem; background: var(--sheet); border-left: .35rem solid var(--rule); border-radius: .35rem; overflow-wrap: anywhere; }
.gate.passed { border-color: var(--good); }
.gate.failed { border-color: var(--bad); }
.gate h3 { margin: 0; }
.gate ul { margin: .5rem 0; padding-left: 1.1rem; }
.chart { margin: 1.4rem 0; }
.chart figcaption { font-size: .9rem; font-weight: 600; }
.chart svg { display: block; width: 100%; height: auto; overflow: visible; }
.chart text { fill: var(--quiet); font: 11px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
.grid { stroke: var(--rule); stroke-width: 1; }
.axis { stroke: var(--quiet); stroke-width: 1; }
.mark { stroke: var(--quiet); stroke-width: 1; opacity: .3; }
.mark.stop { stroke: var(--bad); stroke-width: 2; opacity: 1; }
.line { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
.area { fill: var(--one-wash); }
.limit { stroke-width: 1.2; stroke-dasharray: 5 4; }
.line.one { stroke: var(--one); } .chart text.one { fill: var(--one); }
.line.two, .limit.two { stroke: var(--two); } .chart text.two { fill: var(--two); }
.line.three, .limit.three { stroke: var(--three); } .chart text.three { fill: var(--three); }
.line.four, .limit.four { stroke: var(--four); } .chart text.four { fill: var(--four); }
.line.five, .limit.five { stroke: var(--five); } .chart text.five { fill: var(--five); }
.line.six, .limit.six { stroke: var(--six); } .chart text.six { fill: var(--six); }
.chart text.name { font-weight: 600; }
.chart text.limit-name { font-weight: 400; }
.timeline { margin: 0; padding: 0; list-style: none; font-size: .9rem; }
.timeline li { display: grid; grid-template-columns: 2.5rem 12.5rem 1fr; gap: 0 .75rem; padding: .3rem 0 .3rem .6rem; border-left: 3px solid var(--rule); }
.timeline li.pass { border-color: var(--good); }
.timeline li.fail { border-color: var(--bad); }
.timeline li > span:last-child { overflow-wrap: anywhere; }
.number { color: var(--quiet); text-align: right; font-variant-numeric: tabular-nums; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--quiet); font-size: .9rem; }
.rehearsal { position: sticky; top: 0; z-index: 1; padding: .55rem 1.25rem; background: repeating-linear-gradient(-45deg, #ffd75e 0 18px, #ffe08a 18px 36px); color: #2b2000; text-align: center; font-size: .95rem; }
.rehearsal strong { margin-right: .5rem; letter-spacing: .12em; text-transform: uppercase; }
.watermark { display: none; }
@media (max-width: 40rem) {
  main { padding: 1.5rem 1rem 3rem; }
  .timeline li { grid-template-columns: 2rem 1fr; }
  .timeline li > span:last-child { grid-column: 2; }
  .chart { overflow-x: auto; }
  .chart svg { min-width: 34rem; overflow: hidden; }
  .timeline time { white-space: normal; }
}
@media print {
  :root {
    --paper: #ffffff; --sheet: #f6f7f9; --ink: #000000; --quiet: #444b55; --rule: #c9ced6; --link: #000000;
    --good: #0b6b3a; --good-wash: #e3f4ea; --bad: #a8201a; --bad-wash: #fbe9e7; --doubt: #8a5300; --doubt-wash: #fdf1dd;
    --one: #2457c5; --one-wash: #dfe8fb; --two: #b3261e; --three: #0f7a5a; --four: #5b48c2; --five: #b25a00; --six: #9c1f6e;
  }
  @page { margin: 16mm 14mm; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  h2 { break-after: avoid; margin-top: 1.6rem; }
  h3 { break-after: avoid; }
  .gate, .chart, tr, .timeline li { break-inside: avoid; }
  .wide { overflow: visible; }
  table.runbook { min-width: 0; }
  .rehearsal { position: static; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .outcome, .verdict, .gate, .area { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .watermark { display: block; position: fixed; inset: 42% 0 auto; color: #d9a400; font-size: 90pt; font-weight: 800; letter-spacing: .08em; text-align: center; text-transform: uppercase; opacity: .14; transform: rotate(-28deg); }
}
`;
