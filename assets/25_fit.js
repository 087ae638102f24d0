/* Making room: what is done where a table, a bar's value or a line of words has less of it than it wants. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const PHONE = 768; // px, as in the styles
  const NARROW = 340; // px of a chart: fewer days along the bottom than would have to be turned
  const SHORT = 18; // letters of a name that has to be short
  const LETTER = 6.8; // px, of a usual letter at 12 px

  /* A day stays on one line. */
  const isWhole = (text) => /^\d{1,2} [A-Z][a-z]{2} \d{4}$/.test(text);

  /* Lines break between two days, not within one. */
  const whole = (words) => words.replace(/ /g, "\u00a0").replace(/(–|vs)\u00a0/g, "$1 ");

  /* On a phone a table that does not fit gives each row lines of its own, a name before each value. */
  function stack(wrap) {
    const grid = wrap.querySelector(".grid");
    grid.classList.add("may-stack");
    grid.classList.remove("stacks");
    if (window.innerWidth >= PHONE || wrap.scrollWidth <= wrap.clientWidth) return;
    grid.classList.add("stacks");
    grid.querySelectorAll("tbody tr").forEach((row) => row.querySelector("td:not(.rank)").classList.add("leads"));
  }

  /* What the axis at the bottom has to be at that width; null where it stays as it is. */
  function across(content, width) {
    const axis = content.layout.xaxis || {};
    /* Level in any case: else Plotly looks at each label whether it has to be turned. */
    if (axis.type === "date") return { nticks: width < NARROW ? 5 : axis.nticks, tickangle: 0 };
    const range = room(content, width);
    return range && { range };
  }

  /* Where horizontal bars carry their values beside them: the range in which the longest text still has its place, at
     the right of bars and at the left of those below zero. */
  function room(content, width) {
    const bars = content.data.find((trace) => trace.orientation === "h" && trace.textposition === "outside");
    const axis = bars && content.layout.xaxis;
    if (!axis || !axis.range) return null;
    const [from, to] = axis.domain || [0, 1];
    const names = from ? [] : beside(content, width) || bars.y;
    const plot = width * (to - from) - longest(names) * LETTER - 32;
    if (axis.range[0] < 0) return bothWays(bars, plot);
    const needs = (text, i) => (bars.x[i] || 0) / Math.max(0.3, 1 - (String(text).length * LETTER + 8) / plot);
    return [0, Math.max(axis.range[1], ...bars.text.map(needs))];
  }

  /* Beside bars that leave no room for them, texts lose what stands behind their dot; the table has it. */
  function brief(trace, content, width) {
    if (trace.orientation !== "h" || trace.textposition !== "outside") return trace;
    const names = (content.layout.yaxis && content.layout.yaxis.ticktext) || [];
    const plot = width - longest(names) * LETTER - 32;
    if (longest(trace.text) * LETTER + 8 <= plot) return trace;
    return { ...trace, text: trace.text.map((text) => text.split(" · ")[0]) };
  }

  /* The total in the middle of a ring, which is a small one where there is little room. */
  function middle(content, width) {
    const isRing = content.data.some((trace) => trace.type === "pie");
    if (!isRing || width >= NARROW) return null;
    return content.layout.annotations.map((words) => ({ ...words, font: { ...words.font, size: 12 } }));
  }

  /* The names down the side; on a phone short ones, where bars go both ways and need room at both ends. */
  function beside(content, width) {
    const { xaxis, yaxis } = content.layout;
    const names = yaxis && yaxis.ticktext;
    if (!names || width >= NARROW || !xaxis || !xaxis.range || xaxis.range[0] >= 0) return names;
    return names.map((name) => (name.length <= SHORT ? name : name.slice(0, SHORT - 1) + "…"));
  }

  function bothWays(bars, plot) {
    const low = Math.min(0, ...bars.x), high = Math.max(0, ...bars.x);
    const wide = (side) => longest(bars.text.filter((_, i) => Math.sign(bars.x[i]) === side)) * LETTER + 12;
    const left = wide(-1), right = high ? wide(1) : 0;
    const unit = (high - low || 1) / Math.max(plot - left - right, plot * 0.3);
    return [low - left * unit, high + right * unit];
  }

  const longest = (texts) => Math.max(0, ...texts.map((text) => String(text).length));

  clientscope.fit = { across, beside, brief, isWhole, middle, stack, whole };
})();
