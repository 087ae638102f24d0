/* The state of a page is its query string.  Everything that changes it goes through here. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const SEPARATOR = "~";
  const NO_FILTER = new Set(["period", "from", "to", "compare", "pick", "records", "list", "at", "load", "page"]);

  const params = () => new URLSearchParams(window.location.search);
  const { pageAt, stateOf } = clientscope;
  const here = () => pageAt(window.location.pathname);

  /* What changes what is selected leads back to the first page of every list.  `aside`: no tile changes by it. */
  function go(next, keepsPages, aside) {
    const lists = next.getAll("list");
    if (!keepsPages && lists.length) {
      next.delete("list");
      lists.filter((text) => text.split(SEPARATOR)[1] !== "page").forEach((text) => next.append("list", text));
    }
    const text = next.toString();
    const search = text ? "?" + text : "";
    if (search === window.location.search) return;
    clientscope.visit({ search }, aside);
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
    go(next, true, true);
  }

  /* How a tile's list is looked at: `changes` by name; an empty text is the usual again. */
  function list(tile, changes) {
    const next = params();
    const kept = next.getAll("list").filter((text) => {
      const [own, name] = text.split(SEPARATOR);
      return own !== tile || !(name in changes);
    });
    next.delete("list");
    kept.forEach((text) => next.append("list", text));
    Object.keys(changes).filter((name) => changes[name]).forEach((name) =>
      next.append("list", [tile, name, changes[name]].join(SEPARATOR)));
    go(next, true);
  }

  /* A parameter that says how something is looked at; without a value it is taken out. */
  function set(name, value) {
    const next = params();
    if (value) next.set(name, value);
    else next.delete(name);
    go(next);
  }

  function custom(from, to) {
    const next = params();
    next.delete("period");
    next.set("from", from);
    next.set("to", to);
    go(next);
  }

  /* One control serves all customer attributes: its values are `attribute.NAME~value`, the link has `attribute.NAME=value`.
     An attribute with a control of its own is left to that. */
  const ATTRIBUTES = "attribute";
  const attributesOf = (now, dimensions) =>
    [...new Set(now.keys())].filter((name) => name.startsWith(ATTRIBUTES + ".") && !dimensions.includes(name));

  function held(now, name, dimensions) {
    if (name !== ATTRIBUTES) return now.getAll(name);
    return attributesOf(now, dimensions).flatMap((own) => now.getAll(own).map((value) => own + SEPARATOR + value));
  }

  function hold(now, name, values, dimensions) {
    (name === ATTRIBUTES ? attributesOf(now, dimensions) : [name]).forEach((own) => now.delete(own));
    values.forEach((value) => {
      const at = name === ATTRIBUTES ? value.indexOf(SEPARATOR) : -1;
      now.append(at < 0 ? name : value.slice(0, at), value.slice(at + 1));
    });
  }

  /* No control for what cannot be chosen by: the data, or what this account sees of them, hold no value of it. */
  function showChoices(dimensions, offers, now) {
    dimensions.forEach((name, i) => {
      const box = document.querySelector(`.filter[data-dimension="${name}"]`);
      if (box) box.hidden = !offers[i].length && !held(now, name, dimensions).length;
    });
    document.querySelectorAll(".more-filters").forEach((more) => {
      more.hidden = [...more.querySelectorAll(".filter")].every((other) => other.hidden);
    });
  }

  /* The filter bar and the query string, kept equal: whichever changed last is written to the other.
     `rest`: the values of the dimensions' controls, then what each offers.  A control forgets values that it does not
     offer; the link keeps them, and their chips.  So a control gets its values once it offers some: what it forgot
     before would look like a choice made by hand.  Returns the value of each control, in their order. */
  function sync(search, period, comparison, ...rest) {
    const keep = window.dash_clientside.no_update;
    const { filters, page: shown } = document.querySelector(".grid-page").dataset;
    const dimensions = filters ? filters.split(",") : [];
    const nothing = new Array(dimensions.length + 2).fill(keep);
    const triggered = (window.dash_clientside.callback_context.triggered || []).map((t) => t.prop_id);
    const page = here();
    if (!page || page.page !== shown) return nothing; // it is being left
    const usual = page.period;
    const now = new URLSearchParams(search || "");
    if (page.subject) now.delete(page.subject);
    const fromBar = triggered.length && triggered.every((id) => id.endsWith(".value"));
    const offers = dimensions.map((_, i) => (rest[dimensions.length + i] || []).map((option) => option.value));
    if (triggered.some((id) => id.endsWith(".options"))) showChoices(dimensions, offers, now);
    if (!fromBar) {
      const isCustom = now.has("from") || now.has("to");
      /* A control that is given what it has draws itself anew all the same. */
      const given = (value, has) => (JSON.stringify(value) === JSON.stringify(has) ? keep : value);
      return [
        given(isCustom ? "custom" : now.get("period") || usual, period),
        given(now.get("compare") || "previous", comparison),
        ...dimensions.map((name, i) => (offers[i].length ? given(held(now, name, dimensions), rest[i] || []) : keep)),
      ];
    }
    if (period === "custom") {
      if (!now.has("from")) clientscope.askForDates();
    } else if (period) {
      ["from", "to", "period"].forEach((name) => now.delete(name));
      if (period !== usual) now.set("period", period);
    }
    if (comparison) now.delete("compare");
    if (comparison && comparison !== "previous") now.set("compare", comparison);
    dimensions.forEach((name, i) => {
      const before = held(now, name, dimensions);
      const unknown = before.filter((value) => !offers[i].includes(value));
      const wanted = [...new Set([...unknown, ...(rest[i] || [])])];
      if (JSON.stringify(wanted) === JSON.stringify(before)) return; // the link keeps its order
      hold(now, name, wanted, dimensions);
    });
    go(now);
    return nothing;
  }

  /* Each page follows the address through a store of its own, so that its callbacks rest while another is shown, and from
     the moment at which it is being left. */
  function follow(search, path) {
    const name = window.dash_clientside.callback_context.outputs_list.id.slice("here-".length);
    const page = pageAt(path);
    return page && page.page === name ? stateOf(search, path, page) : window.dash_clientside.no_update;
  }

  clientscope.state = {
    params, picks, pick, remove, filter, reset, records, custom, list, set,
    isFilter: (name) => !NO_FILTER.has(name),
    search: () => (here() ? stateOf(window.location.search, window.location.pathname, here()) : window.location.search),
  };
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    clientscope: Object.assign({}, (window.dash_clientside || {}).clientscope, { sync, follow }),
  });
})();
