/* The state of a page is its query string.  Everything that changes it goes through here. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const SEPARATOR = "~";
  const NO_FILTER = new Set(["period", "from", "to", "compare", "pick", "records"]);

  const params = () => new URLSearchParams(window.location.search);

  function go(next) {
    const text = next.toString();
    const search = text ? "?" + text : "";
    if (search === window.location.search) return;
    window.dash_clientside.set_props("url", { search });
  }

  function picks(tile) {
    return params().getAll("pick").map((text) => {
      const [name, dimension, ...rest] = text.split(SEPARATOR);
      return { tile: name, dimension, value: rest.join(SEPARATOR), text };
    }).filter((pick) => tile === undefined || pick.tile === tile);
  }

  /* A click on a mark: `values` holds one value per emitted dimension.  A second click takes it back. */
  function pick(tile, dimensions, values, add) {
    const wanted = dimensions.map((dimension, i) => [tile, dimension, values[i]].join(SEPARATOR));
    const mine = picks(tile).map((p) => p.text);
    const isOn = wanted.every((text) => mine.includes(text));
    let kept = add ? mine : [];
    if (isOn) kept = (add ? mine : mine.length === wanted.length ? [] : mine).filter((text) => !wanted.includes(text));
    else kept = [...new Set([...kept, ...wanted])];
    if (isOn && !add && mine.length > wanted.length) kept = wanted;
    const next = params();
    const others = picks().filter((p) => p.tile !== tile).map((p) => p.text);
    next.delete("pick");
    [...others, ...kept].forEach((text) => next.append("pick", text));
    go(next);
  }

  /* Remove one filter or pick: the chip says which parameter and value it stands for. */
  function remove(name, value) {
    const next = params();
    const kept = next.getAll(name).filter((other) => other !== value);
    next.delete(name);
    kept.forEach((other) => next.append(name, other));
    go(next);
  }

  function filter(name, value) {
    const next = params();
    if (next.getAll(name).includes(value)) return;
    next.append(name, value);
    go(next);
  }

  function reset() {
    const next = new URLSearchParams();
    ["period", "from", "to", "compare"].forEach((name) => {
      if (params().has(name)) next.set(name, params().get(name));
    });
    go(next);
  }

  function records(tile) {
    const next = params();
    if (tile) next.set("records", tile);
    else next.delete("records");
    go(next);
  }

  function custom(from, to) {
    const next = params();
    next.delete("period");
    next.set("from", from);
    next.set("to", to);
    go(next);
  }

  /* The filter bar and the query string, kept equal: whichever changed last is written to the other.
     `rest`: the values of the dimensions' controls, then what each offers.  A control forgets values that it does not
     offer; the link keeps them, and their chips.  So a control gets its values once it offers some: what it forgot
     before would look like a choice made by hand.  Returns the value of each control, in their order. */
  function sync(search, period, comparison, ...rest) {
    const keep = window.dash_clientside.no_update;
    const named = document.querySelector(".grid-page").dataset.filters;
    const dimensions = named ? named.split(",") : [];
    const triggered = (window.dash_clientside.callback_context.triggered || []).map((t) => t.prop_id);
    const now = new URLSearchParams(search || "");
    const fromBar = triggered.length && triggered.every((id) => id.endsWith(".value"));
    const offers = dimensions.map((_, i) => (rest[dimensions.length + i] || []).map((option) => option.value));
    if (!fromBar) {
      const isCustom = now.has("from") || now.has("to");
      return [
        isCustom ? "custom" : now.get("period") || "30d", now.get("compare") || "previous",
        ...dimensions.map((name, i) => (offers[i].length ? now.getAll(name) : keep)),
      ];
    }
    if (period === "custom") {
      if (!now.has("from")) clientscope.askForDates();
    } else if (period) {
      ["from", "to", "period"].forEach((name) => now.delete(name));
      if (period !== "30d") now.set("period", period);
    }
    if (comparison) now.delete("compare");
    if (comparison && comparison !== "previous") now.set("compare", comparison);
    dimensions.forEach((name, i) => {
      const unknown = now.getAll(name).filter((value) => !offers[i].includes(value));
      const wanted = [...new Set([...unknown, ...(rest[i] || [])])];
      if (JSON.stringify(wanted) === JSON.stringify(now.getAll(name))) return; // the link keeps its order
      now.delete(name);
      wanted.forEach((value) => now.append(name, value));
    });
    go(now);
    return new Array(dimensions.length + 2).fill(keep);
  }

  /* Each page follows the address through a store of its own, so that its callbacks rest while another is shown. */
  const follow = (search) => search || "";

  clientscope.state = { params, picks, pick, remove, filter, reset, records, custom, isFilter: (name) => !NO_FILTER.has(name) };
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    clientscope: Object.assign({}, (window.dash_clientside || {}).clientscope, { sync, follow }),
  });
})();
