"""The look of `report.html` in light, dark and print, and the few lines that show values."""

CSS = """
:root {
  --back: #ffffff; --card: #f6f8fa; --ink: #1f2328; --quiet: #59636e; --edge: #d8dde3;
  --train: #0072b2; --validation: #d55e00; --rate: #009e73; --kept: #a6458a; --warn: #9a6700;
  --warn-back: #fff8e1; --bad: #b42318; --good: #1a7f37; --link: #0969da; --band: #eceff3;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0d1117; --card: #161b22; --ink: #e6edf3; --quiet: #9198a1; --edge: #30363d;
    --train: #56b4e9; --validation: #f0883e; --rate: #2ec4a0; --kept: #d68fc4; --warn: #e3b341;
    --warn-back: #272115; --bad: #ff7b72; --good: #3fb950; --link: #58a6ff; --band: #1c2128;
  }
  figure.drawn img { filter: invert(1) hue-rotate(180deg); mix-blend-mode: screen; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 28px 24px 60px; max-width: 1160px; background: var(--back);
  color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 40px 0 10px; padding-bottom: 5px;
  border-bottom: 1px solid var(--edge); }
h3 { font-size: 16px; margin: 22px 0 8px; }
p { margin: 8px 0; }
a { color: var(--link); }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { background: var(--card); border: 1px solid var(--edge); border-radius: 8px;
  padding: 12px 14px; overflow-x: auto; margin: 10px 0; tab-size: 2; }
.quiet { color: var(--quiet); }
.good { color: var(--good); } .bad { color: var(--bad); }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 18px 0 14px; }
.tile { flex: 1 1 190px; max-width: 300px; background: var(--card); padding: 11px 14px;
  border: 1px solid var(--edge); border-radius: 10px; }
.tile b { display: block; font-size: 23px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile span { display: block; color: var(--quiet); font-size: 13px; overflow-wrap: anywhere; }
.note { border-left: 4px solid var(--warn); background: var(--warn-back); padding: 9px 14px;
  border-radius: 0 8px 8px 0; margin: 12px 0; }
.note p { margin: 2px 0; } .note ul { margin: 4px 0 2px; padding-left: 20px; }
.charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px; }
.charts > div { background: var(--card); border: 1px solid var(--edge); border-radius: 10px;
  padding: 10px 12px 6px; break-inside: avoid; }
.charts.three { grid-template-columns: repeat(3, minmax(0, 1fr)); }
.charts h3 { margin: 0 0 2px; }
svg.chart { width: 100%; height: auto; display: block; }
svg text { fill: var(--quiet); font: 13px system-ui, sans-serif; }
svg .end { text-anchor: end; } svg .mid { text-anchor: middle; }
svg .grid { stroke: var(--edge); } svg .axis { stroke: var(--quiet); fill: none; }
svg .line { fill: none; stroke-width: 2.1; stroke-linejoin: round; stroke-linecap: round; }
svg .train { stroke: var(--train); } svg .validation { stroke: var(--validation); }
svg .rate { stroke: var(--rate); } svg .faint { stroke-width: 1; opacity: .38; }
svg circle.train { fill: var(--train); stroke: none; }
svg circle.validation { fill: var(--validation); stroke: none; }
svg circle.rate { fill: var(--rate); stroke: none; }
svg .band { fill: var(--band); }
svg .mark { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 2 4; fill: none; }
svg .mark.kept, svg .mark.best { stroke: var(--kept); stroke-dasharray: 6 4; }
svg .mark.best { opacity: .45; }
svg .stop { fill: transparent; } svg .stop:hover { fill: var(--quiet); fill-opacity: .14; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; color: var(--quiet); font-size: 13px; }
.legend span { white-space: nowrap; }
.key { width: 28px; height: 9px; vertical-align: middle; margin-right: 6px; }
figure { margin: 12px 0; } figure img { max-width: 100%; height: auto; border-radius: 8px; }
figure { break-inside: avoid; }
h2, h3 { break-after: avoid; }
.side { display: flex; flex-wrap: wrap; gap: 8px 36px; align-items: flex-start; }
.side > figure { flex: 0 1 auto; max-width: 700px; } .side > div { flex: 0 1 auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: 8px 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--edge);
  vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--quiet); font-weight: 600; font-size: 13px; white-space: nowrap; }
th.n, td.n { text-align: right; white-space: nowrap; overflow-wrap: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 18px; margin: 8px 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
details { margin: 10px 0; } summary { cursor: pointer; font-weight: 600; }
ul.files { columns: 2; padding-left: 18px; } ul.files li { break-inside: avoid; }
pre.net .comment { color: var(--quiet); font-style: italic; }
pre.net .string { color: var(--good); }
pre.net .number { color: var(--validation); } pre.net .call { color: var(--train); }
pre.net .keyword, pre.net .sign { color: var(--kept); font-weight: 600; }
#tip { position: fixed; pointer-events: none; background: var(--ink); color: var(--back);
  padding: 5px 9px; border-radius: 6px; font-size: 12.5px; white-space: pre; z-index: 9;
  font-variant-numeric: tabular-nums; }
@media (max-width: 900px) {
  .charts, .charts.three { grid-template-columns: minmax(0, 1fr); }
  ul.files { columns: 1; }
  body { padding: 18px 14px; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 12px; }
  pre { white-space: pre-wrap; }
  .charts, .charts.three { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
"""

SCRIPT = """
const tip = document.createElement("div");
tip.id = "tip";
tip.hidden = true;
document.body.append(tip);
for (const stop of document.querySelectorAll(".stop")) {
  const title = stop.querySelector("title");
  const words = title.textContent;
  title.remove();
  stop.addEventListener("pointermove", (event) => {
    tip.textContent = words;
    tip.hidden = false;
    const left = event.clientX + 14;
    tip.style.left = Math.min(left, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = Math.max(8, event.clientY - tip.offsetHeight - 12) + "px";
  });
  stop.addEventListener("pointerleave", () => { tip.hidden = true; });
}
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
});
"""
