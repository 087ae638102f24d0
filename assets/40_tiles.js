/* The cards of a page: their frame, their menu, and the way from the server's answer to the drawing. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const { make, fill } = clientscope.draw;
  const { across, beside, stack } = clientscope.fit;
  const seen = new Map(); // per card: the text drawn last, so that what did not change is not drawn again
  const tables = new Set(); // cards that show their figures as a table
  let latest = 0;
  const RETRY_MS = 1500, LONGEST_RETRY_MS = 30000;
  const POP = ".pop:not(.pop-user)"; // the user's menu belongs to the frame and only opens and closes

  const cards = () => [...document.querySelectorAll(".tile[data-tile]")];
  const declared = (card) => JSON.parse(card.dataset.tile);
  const isChart = (card) => declared(card).view === "chart";
  const pageName = () => (document.querySelector(".grid-page") || { dataset: {} }).dataset.page;
  const question = () => pageName() + clientscope.state.search(); // what the page is asked now
  const cardOf = (name) => document.getElementById("tile-" + name);

  function build(card) {
    if (card.firstChild) return;
    const tile = declared(card);
    const head = make("header", "tile-head");
    const words = make("div", "tile-words");
    const title = make("h2", "tile-title", tile.leads ? null : tile.title);
    if (tile.leads) title.appendChild(lead(tile));
    words.append(title, make("span", "tile-sub"));
    const tools = make("div", "tile-tools");
    tools.append(button("info", "i", "What this figure means"), button("menu", "⋯", "More for this figure"));
    head.append(words, tools);
    card.append(head, make("div", "tile-body"), make("footer", "tile-foot"));
  }

  function button(act, sign, label) {
    const node = make("button", `tool tool-${act}`, sign);
    node.type = "button";
    node.dataset.act = act;
    node.setAttribute("aria-label", label);
    node.title = label;
    return node;
  }

  /* The way to what explains a figure, under the same filters. */
  function lead(tile) {
    const link = make("a", "to-page tile-lead", tile.title);
    link.title = "Where this comes from";
    link.dataset.leads = tile.leads;
    link.href = leadNow(tile.leads);
    return link;
  }

  function leadNow(leads) {
    const [path, target] = leads.split("#"), now = clientscope.state.params();
    ["records", "list"].forEach((name) => now.delete(name));
    const text = now.toString();
    return path + (text ? "?" + text : "") + "#" + target;
  }

  /* A link may name a card: it is brought into sight once its page is drawn.  So is, by the way back, the place at
     which a page was left: `place`, in px from its top. */
  let destination = { hash: window.location.hash };
  function arrive() {
    const { hash, place, page } = destination;
    if (place !== undefined && document.querySelector(".grid-page").dataset.page === page) {
      destination = {};
      window.scrollTo(0, place);
    }
    const card = (hash || "").startsWith("#tile-") && document.getElementById(hash.slice(1));
    if (!card || !card.dataset.drawn) return;
    destination = {};
    card.scrollIntoView({ block: "start" });
  }
  clientscope.arriveAt = (where) => {
    destination = where;
    if (where.hash) arrive();
  };

  function show(card, text) {
    const job = prepare(card, text);
    if (job) complete(job, isChart(card) ? sizeOf(card) : null);
  }

  /* What has to be drawn, with the words around it in place already; null where nothing has changed. */
  function prepare(card, text) {
    build(card);
    const tile = declared(card);
    const picks = clientscope.state.picks(tile.name).map((p) => p.text).join("&");
    const place = tile.view === "timeline" && clientscope.state.params().get("at"); // where in the stream one stands
    const stamp = [text, picks, clientscope.theme.current(), tables.has(tile.name), place].join("\u0000");
    card.classList.remove("is-waiting"); // an answer that changes nothing ends the waiting too
    if (seen.get(tile.name) === stamp && card.dataset.drawn) return null;
    const payload = JSON.parse(text);
    card.payload = payload;
    card.querySelector(".tile-sub").textContent = payload.subtitle || "";
    const ignored = payload.ignored && payload.ignored.length ? `Not affected by: ${payload.ignored.join(", ")}. ` : "";
    card.querySelector(".tile-foot").textContent = ignored + ((payload.content && payload.content.caption) || "");
    return { card, tile, payload, stamp };
  }

  function complete({ card, tile, payload, stamp }, size) {
    fill(card.querySelector(".tile-body"), tile, payload, tables.has(tile.name), size);
    seen.set(tile.name, stamp);
    card.dataset.drawn = payload.state;
    card.setAttribute("aria-busy", "false");
  }

  function sizeOf(card) {
    const body = card.querySelector(".tile-body");
    return { width: body.clientWidth, height: body.clientHeight };
  }

  /* Charts come last: what stands beside them may stretch their row or let it go, and they fill it, those too that were drawn
     before.  All of them are measured before the first is drawn: measuring between two drawings makes the browser lay out
     the page anew for each. */
  function showAll(answered, tiles) {
    const textOf = (card) => tiles[declared(card).name];
    answered.filter((card) => !isChart(card)).forEach((card) => show(card, textOf(card)));
    const jobs = new Map(answered.filter(isChart).map((card) => [card, prepare(card, textOf(card))]));
    const charts = cards().filter((card) => isChart(card) && (jobs.get(card) || card.querySelector(".plot")));
    const sizes = charts.map(sizeOf);
    clientscope.measure();
    charts.forEach((card, i) => (jobs.get(card) ? complete(jobs.get(card), sizes[i]) : refit(card, sizes[i])));
  }

  function refit(card, size) {
    const { width, height } = card.querySelector(".plot").layout || size;
    if (width !== size.width || height !== size.height) resize(card, size);
  }

  /* Dash calls this when an answer of a page arrives. */
  function draw(data) {
    if (!data) return window.dash_clientside.no_update;
    if (!window.Plotly) return later(() => draw(data));
    if (isStill(data) && round.of === data.page + data.search && round.early.delete(data.lane)) {
      askForOwed();
      return window.dash_clientside.no_update;
    }
    return drawAll([data], askForOwed);
  }

  /* Answers that came before Dash asked for them; it will bring them once more. */
  clientscope.drawEarly = (answers) => {
    if (!window.Plotly) return later(() => clientscope.drawEarly(answers));
    const isThere = (data) => round.of === data.page + data.search && round.owed.has(data.lane);
    const fresh = answers.filter((data) => !isThere(data));
    return drawAll(fresh, () => fresh.forEach((data) => round.early.add(data.lane)));
  };

  function later(then) {
    clientscope.script("plotly").then(then);
    return window.dash_clientside.no_update;
  }

  const isStill = (data) => data.page === pageName() && data.search === clientscope.state.search();

  /* Draw all that some answers of a page have. */
  function drawAll(answers, then) {
    if (!answers.length || !answers.every(isStill)) return window.dash_clientside.no_update;
    const tiles = Object.assign({}, ...answers.map((data) => data.tiles));
    answers.filter((data) => data.lane === 0 && !data.part).forEach(clientscope.frame);
    answers.forEach(clientscope.heard);
    showAll(cards().filter((card) => tiles[declared(card).name]), tiles);
    answers.forEach(settle);
    then();
    document.querySelectorAll("a.tile-lead").forEach((link) => (link.href = leadNow(link.dataset.leads)));
    if (document.body.dataset.pending === "0") arrive();
    latest += 1;
    document.body.dataset.drawn = String(latest);
    return latest;
  }

  /* A page comes in one or two answers, its lanes; what each still owes is asked for again, all of it at once and not
     before every lane has answered, because a question takes the place of the one before, in all lanes. */
  const roundOf = (of, lanes) => ({ of, lanes, owed: new Map(), known: new Set(), early: new Set(), failed: 0 });
  let round = roundOf(null, 0);
  const isWhole = () => round.owed.size === round.lanes;
  const owed = () => [...round.owed.values()].flat();
  function settle(data) {
    const of = data.page + data.search;
    if (round.of !== of) round = roundOf(of, data.lanes);
    round.owed.set(data.lane, data.pending);
    [...Object.keys(data.tiles), ...data.pending].forEach((name) => round.known.add(name));
    document.body.dataset.pending = String(owed().length + data.lanes - round.owed.size);
  }
  function askForOwed() {
    if (owed().length && isWhole()) clientscope.askAgain(owed());
  }

  /* Ask for some tiles and for what is still owed, or with no names for all: so too while a lane has not answered yet,
     whose question this takes the place of. */
  clientscope.askAgain = (names) => {
    const isPart = names.length && isWhole() && round.of === question();
    const tiles = isPart ? [...new Set([...owed(), ...names])] : [];
    window.dash_clientside.set_props("again", { data: { tiles, at: Date.now() + Math.random() } });
  };

  /* A lane whose request failed is asked again for what it owes, less and less often; what another answered stays. */
  clientscope.requestFailed = (body) => {
    const page = pageName();
    if (!page || !new RegExp(`^{"output":"payload-${page}(-\\d+)?\\.data"`).test(body)) return;
    const of = question();
    const failed = round.of === of ? (round.failed += 1) : 1;
    setTimeout(() => {
      if (question() !== of) return;
      const missing = cards().map((card) => declared(card).name).filter((name) => !round.known.has(name));
      const tiles = round.of === of ? [...new Set([...missing, ...owed()])] : [];
      if (tiles.length || round.of !== of)
        window.dash_clientside.set_props("again", { data: { tiles, at: Date.now() + Math.random() } });
    }, Math.min(RETRY_MS * 2 ** (failed - 1), LONGEST_RETRY_MS));
  };

  clientscope.redrawAll = () => {
    cards().forEach((card) => {
      if (!card.payload) return;
      seen.delete(declared(card).name);
      show(card, JSON.stringify(card.payload));
    });
  };

  clientscope.markClicked = (tile, event) => {
    const point = (event.points || []).find((p) => p.customdata && (p.data || {}).hoverinfo !== "skip");
    if (!point || !tile.emits.length) return;
    const values = [].concat(point.customdata);
    if (values.length < tile.emits.length) return;
    /* A band of a flow says only what it stands for itself: the rest is null.  Its event hangs on the band. */
    const isSaid = (value) => value !== null && !String(value).startsWith("Other (");
    const said = tile.emits.map((name, i) => [name, values[i]]).filter(([, value]) => isSaid(value));
    const how = point.originalEvent || event.event || {};
    const add = how.ctrlKey || how.metaKey || how.shiftKey;
    if (said.length) clientscope.state.pick(tile.name, said.map(([name]) => name), said.map(([, v]) => String(v)), add);
  };

  /* --- what the buttons of a card do ------------------------------------------------------------------------- */

  function closePops() {
    document.querySelectorAll(POP).forEach((pop) => pop.remove());
    document.querySelectorAll('[data-act][aria-expanded="true"]').forEach((node) => node.setAttribute("aria-expanded", "false"));
  }

  function pop(anchor, className) {
    const wasOpen = anchor.getAttribute("aria-expanded") === "true";
    closePops();
    if (wasOpen) return null;
    anchor.setAttribute("aria-expanded", "true");
    const box = make("div", `pop ${className}`);
    anchor.closest(".tile, .topbar").appendChild(box);
    return box;
  }

  function info(card, anchor) {
    const box = pop(anchor, "pop-info");
    if (!box || !card.payload) return;
    const about = card.payload.about || { metrics: [] };
    if (about.hint) box.appendChild(make("p", "", about.hint));
    about.metrics.forEach((metric) => {
      box.append(make("h3", "", metric.label), make("p", "", metric.definition), make("p", "formula", metric.formula));
      box.appendChild(make("p", "fine", `n: ${metric.denominator}`));
    });
    const facts = [about.n && `n = ${about.n}`, about.days, about.zone && `days in ${about.zone}`];
    box.appendChild(make("p", "fine", facts.filter(Boolean).join(" · ")));
    if (card.payload.asOf) box.appendChild(make("p", "fine", `Data as of ${card.payload.asOf}`));
  }

  function menu(card, anchor) {
    const box = pop(anchor, "pop-menu");
    if (!box) return;
    const tile = declared(card);
    const isChart = tile.view === "chart";
    const items = [
      tile.records && ["records", "Show the records"],
      ["table", tables.has(tile.name) ? "As picture" : "As table"],
      ["csv", "CSV"],
      isChart && !tables.has(tile.name) && ["png", "PNG"],
      ["full", "Full screen"],
      ["link", "Copy link"],
      ["info", "What it means"],
    ];
    box.setAttribute("role", "menu");
    items.filter(Boolean).forEach(([act, label]) => {
      const item = make("button", "pop-item", label);
      item.type = "button";
      item.dataset.act = act;
      item.setAttribute("role", "menuitem");
      box.appendChild(item);
    });
    box.firstChild.focus();
  }

  function download(address, name) {
    const link = make("a");
    link.href = address;
    if (name) link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
  }
  clientscope.download = download;

  async function png(card) {
    const plot = card.querySelector(".plot");
    const name = declared(card).name;
    const picture = await window.Plotly.toImage(plot, { format: "png", scale: 2 });
    download(picture, `${name}.png`);
  }

  async function copy(text, anchor) {
    try {
      await navigator.clipboard.writeText(text);
      clientscope.say("Link copied.");
    } catch (error) {
      clientscope.say(text);
    }
    if (anchor) anchor.focus();
  }

  const ACTS = {
    info, menu,
    records: (card) => clientscope.state.records(declared(card).name),
    table: (card) => {
      const name = declared(card).name;
      if (!tables.delete(name)) tables.add(name);
      show(card, JSON.stringify(card.payload));
    },
    csv: (card) => {
      download(`/export/${pageName()}/${declared(card).name}.csv${clientscope.state.search()}`);
    },
    png,
    full: (card) => {
      card.classList.toggle("is-full");
      document.body.classList.toggle("has-full", card.classList.contains("is-full"));
      resize(card);
    },
    link: (card) => copy(window.location.href.split("#")[0] + "#" + card.id),
    retry: (card) => clientscope.askAgain([declared(card).name]),
  };

  function leaveFull() {
    document.querySelectorAll(".tile.is-full").forEach((card) => ACTS.full(card));
  }

  document.addEventListener("click", (event) => {
    const anchor = event.target.closest("[data-act]");
    const card = event.target.closest(".tile[data-tile]");
    if (anchor && card && ACTS[anchor.dataset.act]) {
      const act = anchor.dataset.act;
      if (act !== "info" && act !== "menu") closePops();
      ACTS[act](card, act === "info" ? card.querySelector(".tool-info") : anchor); // from the menu too
      return;
    }
    if (!event.target.closest(".pop")) closePops();
    const row = event.target.closest("tr.pickable");
    if (row && card) pickRow(row, card, event);
    const filter = event.target.closest("[data-filter]");
    if (filter) clientscope.state.filter(...JSON.parse(filter.dataset.filter));
    const goto = event.target.closest("[data-goto]");
    if (goto && cardOf(goto.dataset.goto)) cardOf(goto.dataset.goto).scrollIntoView({ behavior: "smooth", block: "center" });
  });

  function pickRow(row, card, event) {
    const tile = declared(card);
    clientscope.state.pick(tile.name, tile.emits, JSON.parse(row.dataset.key), event.ctrlKey || event.metaKey || event.shiftKey);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (document.querySelector(POP)) closePops();
      else if (document.querySelector(".tile.is-full")) leaveFull();
      else if (clientscope.state.params().has("records")) clientscope.state.records(null);
    }
    const row = event.target.closest && event.target.closest("tr.pickable");
    if (row && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      pickRow(row, row.closest(".tile"), event);
    }
    const inMenu = event.target.closest && event.target.closest(".pop-menu");
    if (inMenu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const next = event.key === "ArrowDown" ? "nextElementSibling" : "previousElementSibling";
      if (event.target[next]) event.target[next].focus();
    }
  });

  /* --- sizes and waiting -------------------------------------------------------------------------------------- */

  /* `measured`: the size of the body, where it is known. */
  function resize(card, measured) {
    const plot = card.querySelector(".plot");
    card.querySelectorAll(".grid.may-stack").forEach((grid) => stack(grid.parentElement));
    if (!plot || !window.Plotly || !plot.data) return;
    const size = measured || sizeOf(card);
    const change = { ...size };
    const axis = across(card.payload.content, size.width);
    Object.keys(axis || {}).forEach((name) => (change["xaxis." + name] = axis[name]));
    const names = beside(card.payload.content, size.width);
    if (names) change["yaxis.ticktext"] = names;
    window.Plotly.relayout(plot, change);
  }

  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => cards().forEach((card) => resize(card)), 120);
  });

  /* A card that waits for longer than 150 ms shows it; one that is answered sooner never flickers. */
  clientscope.waiting = () =>
    setTimeout(() => {
      const of = question();
      const isAnswered = (name) => round.of === of && round.known.has(name) && !owed().includes(name);
      cards().filter((card) => !isAnswered(declared(card).name)).forEach((card) => card.classList.add("is-waiting"));
    }, 150);

  clientscope.arrived = () => {
    seen.clear();
    tables.clear();
    cards().forEach(build);
  };

  window.dash_clientside.clientscope.draw = draw;
})();
