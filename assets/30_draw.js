/* Drawing what the server answered for a tile: charts, cards, tables, sentences, and what to say instead of them. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const { across, beside, brief, isWhole, middle, stack, whole } = clientscope.fit;
  const CONFIG = {
    displayModeBar: false, responsive: false, topojsonURL: "/assets/topojson/", doubleClick: false, showTips: false,
  };
  /* Amounts in the site's currency: figures say "$" for whatever that is. */
  function config() {
    if (!CONFIG.locales) {
      CONFIG.locales = { site: { format: { currency: [document.getElementById("shell").dataset.money, ""] } } };
      CONFIG.locale = "site";
    }
    return CONFIG;
  }
  const ARROWS = { up: "▲", down: "▼", flat: "■" };

  function make(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined && text !== null) node.textContent = text;
    return node;
  }

  function svg(tag, attributes) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const name in attributes) node.setAttribute(name, attributes[name]);
    return node;
  }

  /* The course of a figure as a line without axes; unknown values are gaps. */
  function sparkline(all) {
    const course = all.slice(Math.max(0, all.findIndex((value) => value !== null))); // from when there was something
    const known = course.filter((value) => value !== null);
    if (known.length < 3) return null;
    const low = Math.min(...known), high = Math.max(...known), span = high - low || 1;
    const x = (i) => (course.length > 1 ? (i / (course.length - 1)) * 116 + 2 : 60);
    const y = (value) => 26 - ((value - low) / span) * 22;
    let path = "", pen = false;
    course.forEach((value, i) => {
      if (value === null) pen = false;
      else {
        path += (pen ? "L" : "M") + x(i).toFixed(1) + " " + y(value).toFixed(1);
        pen = true;
      }
    });
    const picture = svg("svg", { viewBox: "0 0 120 28", class: "spark", preserveAspectRatio: "none", "aria-hidden": "true" });
    picture.appendChild(svg("path", { d: path, "vector-effect": "non-scaling-stroke" }));
    return picture;
  }

  function kpi(body, tile, content) {
    const value = make("button", "kpi-value", content.value);
    value.type = "button";
    value.title = content.exact;
    value.setAttribute("aria-label", `${tile.title}: ${content.exact}. Show the records.`);
    value.dataset.act = "records";
    const first = make("div", "kpi-first");
    first.appendChild(value);
    body.appendChild(first);
    if (content.note) body.appendChild(make("div", "kpi-note", content.note));
    if (content.change) {
      const move = content.change;
      const tone = move.good === null ? "flat" : move.good ? "good" : "bad";
      const line = make("div", "kpi-change");
      const text = make("span", `move move-${tone}`, `${ARROWS[move.direction] || ""} ${move.text}`.trim());
      text.title = move.doubt || (move.before ? `Before: ${move.before}` : "");
      line.append(text, make("span", "versus", whole(move.versus)));
      body.appendChild(line);
    }
    if (content.target) {
      const line = make("div", "kpi-target");
      if (content.state) line.appendChild(make("span", `state state-${content.state.level}`, content.state.word));
      line.appendChild(make("span", "versus", content.target));
      line.title = content.targetNote || "";
      body.appendChild(line);
    }
    if (content.also && content.also.length) {
      const also = make("div", "kpi-also");
      content.also.forEach((figure) => {
        const item = make("span", "also");
        item.append(make("b", "", figure.value), make("span", "", figure.label.toLowerCase()));
        item.title = `n = ${figure.n.toLocaleString("en-US")}`;
        also.appendChild(item);
      });
      body.appendChild(also);
    } else {
      const line = sparkline(content.course || []);
      if (line) body.appendChild(line);
    }
  }

  /* A link to another page of the site; 50_shell.js goes there without loading the frame anew. */
  function goTo(address, text) {
    const link = make("a", "to-page", text);
    link.href = address;
    return link;
  }

  /* A text in which some words lead to another page. */
  function linked(text, links) {
    const box = make("span", "");
    let rest = text;
    (links || []).forEach(([words, address]) => {
      const at = rest.indexOf(words);
      if (at < 0) return;
      box.append(rest.slice(0, at), goTo(address, words));
      rest = rest.slice(at + words.length);
    });
    box.append(rest);
    return box;
  }

  /* A row that a click picks; `on`: the values that are picked. */
  function pickable(line, key, on) {
    const isOn = key.every((value) => on.has(value));
    line.className = "pickable" + (on.size && !isOn ? " faded" : "");
    line.tabIndex = 0;
    line.dataset.key = JSON.stringify(key);
    line.setAttribute("aria-selected", isOn ? "true" : "false");
  }

  function table(body, tile, content) {
    const wrap = make("div", "table-wrap");
    wrap.tabIndex = 0;
    const grid = make("table", "grid");
    const head = grid.createTHead().insertRow();
    content.columns.forEach((column) => {
      const cell = make("th", column.number ? "number" : "", column.label);
      cell.scope = "col";
      head.appendChild(cell);
    });
    const rows = grid.createTBody();
    const on = new Set(clientscope.state.picks(tile.name).map((pick) => pick.value));
    content.rows.forEach((row, r) => {
      const line = rows.insertRow();
      const key = content.keys && content.keys[r];
      if (key && tile.emits.length) pickable(line, key, on);
      if (content.marks && content.marks[r]) line.classList.add(`row-${content.marks[r]}`);
      const links = (content.links && content.links[r]) || {};
      row.forEach((text, c) => {
        const cell = make("td", content.columns[c].number ? "number" : "", links[c] ? null : text);
        if (links[c]) cell.appendChild(goTo(links[c], text));
        cell.dataset.label = content.columns[c].label;
        if (isWhole(text)) cell.classList.add("whole");
        line.appendChild(cell);
      });
    });
    wrap.appendChild(grid);
    body.appendChild(wrap);
    stack(wrap);
    const more = content.more || content.cut;
    if (more) body.appendChild(make("div", "more", `and ${more.toLocaleString("en-US")} more`));
  }

  function sentences(body, tile, content) {
    const list = make("ul", "sentences");
    content.sentences.forEach((sentence) => {
      const item = make("li", "sentence");
      const tone = sentence.good === null || sentence.good === undefined ? "flat" : sentence.good ? "good" : "bad";
      item.appendChild(make("span", `mark mark-${tone}`, ARROWS[sentence.direction] || "•"));
      const text = make("div", "");
      if (sentence.question) text.appendChild(make("div", "question", sentence.question));
      text.appendChild(linked(sentence.text, sentence.links));
      if (sentence.filter) {
        const link = make("button", "link", sentence.link);
        link.type = "button";
        link.dataset.filter = JSON.stringify(sentence.filter);
        text.append(" ", link);
      } else if (sentence.goto) {
        const link = make("button", "link", sentence.link || "Show the chart");
        link.type = "button";
        link.dataset.goto = sentence.goto;
        text.append(" ", link);
      }
      item.appendChild(text);
      list.appendChild(item);
    });
    body.appendChild(list);
  }

  /* Which marks of a trace are picked; null where none of the tile's marks is. */
  function selectedOf(trace, tile) {
    const mine = clientscope.state.picks(tile.name);
    if (!mine.length || !(trace.customdata || trace.link) || trace.hoverinfo === "skip") return null;
    const on = {};
    mine.forEach((pick) => (on[pick.dimension] = on[pick.dimension] || new Set()).add(pick.value));
    const dimensions = tile.emits.filter((dimension) => on[dimension]);
    /* A mark that does not say which value of a dimension it stands for stands for all of them. */
    const matches = (key) => dimensions.every((d) => {
      const value = key[tile.emits.indexOf(d)];
      return value === null || on[d].has(String(value));
    });
    return (key) => dimensions.length > 0 && matches(key);
  }

  function fade(trace, tile) {
    const isOn = selectedOf(trace, tile);
    if (!isOn) return trace;
    if (trace.type === "pie") {
      const colors = trace.marker.colors.map((c, i) => (isOn(trace.customdata[i]) ? c : c + "59"));
      return { ...trace, marker: { ...trace.marker, colors } };
    }
    if (trace.type === "heatmap") return { ...trace, opacity: 0.45 };
    if (trace.type === "sankey") {
      const color = trace.link.customdata.map((key) => (isOn(key) ? "#86A3D2" : "#E6ECF6"));
      return { ...trace, link: { ...trace.link, color } };
    }
    if (trace.type === "scatter" && trace.mode === "lines") return trace;
    const chosen = trace.customdata.map((key, i) => (key && isOn(key) ? i : -1)).filter((i) => i >= 0);
    const unselected = { marker: { opacity: 0.35 } };
    return { ...trace, selectedpoints: chosen, unselected, selected: { marker: { opacity: 1 } } };
  }

  /* A frame around the picked cells of a heatmap. */
  function frames(content, tile) {
    const heat = content.data.find((trace) => trace.type === "heatmap");
    if (!heat) return [];
    const isOn = selectedOf(heat, tile);
    const shapes = [];
    if (isOn)
      heat.customdata.forEach((row, r) => row.forEach((key, c) => {
        if (key && isOn(key))
          shapes.push({
            type: "rect", xref: "x", yref: "y", x0: c - 0.5, x1: c + 0.5, y0: r - 0.5, y1: r + 0.5,
            line: { color: "#1B2330", width: 2 }, fillcolor: "#1D4A9C", opacity: 0.9,
          });
      }));
    return shapes;
  }

  /* Names alone where there is little room: with their numbers the boxes of a flow would be written over each other. */
  function narrow(trace, width) {
    if (trace.type !== "sankey" || width > 420) return trace;
    const label = trace.node.label.map((text) => text.replace(/ {2}[\d,]+$/, ""));
    return { ...trace, node: { ...trace.node, label }, textfont: { size: 10 } };
  }

  /* `size`: the width and height of the body, measured by who draws many. */
  function chart(body, tile, content, size) {
    let plot = body.querySelector(":scope > .plot");
    if (!plot) {
      body.replaceChildren();
      plot = make("div", "plot");
      body.appendChild(plot);
    }
    content = { ...content, data: content.data.map((trace) => brief(trace, content, size.width)) };
    const painted = clientscope.theme.paint({
      data: content.data.map((trace) => narrow(fade(trace, tile), size.width)),
      layout: { ...content.layout, shapes: [...(content.layout.shapes || []), ...frames(content, tile)] },
    });
    const layout = {
      ...painted.layout, template: clientscope.theme.template(), ...size, autosize: false,
    };
    const axis = across(content, size.width);
    if (axis) layout.xaxis = { ...layout.xaxis, ...axis };
    const names = beside(content, size.width);
    if (names) layout.yaxis = { ...layout.yaxis, ticktext: names };
    const annotations = middle(painted, size.width);
    if (annotations) layout.annotations = annotations;
    window.Plotly.react(plot, painted.data, layout, config());
    if (!plot.dataset.wired) {
      plot.dataset.wired = "yes";
      plot.on("plotly_click", (event) => clientscope.markClicked(tile, event));
    }
  }

  /* The name of a file breaks after its underscores, and not within a word. */
  function breakable(text) {
    const line = make("p", "");
    text.split(/(?<=_)/).forEach((part, i) => line.append(...(i ? [make("wbr")] : []), part));
    return line;
  }

  function message(body, payload) {
    const box = make("div", `message message-${payload.state}`);
    box.setAttribute("role", payload.state === "error" ? "alert" : "status");
    box.appendChild(breakable(payload.message));
    if (payload.retry) {
      const again = make("button", "button", "Try again");
      again.type = "button";
      again.dataset.act = "retry";
      box.appendChild(again);
    }
    if (payload.code) box.appendChild(make("p", "code", `Reference ${payload.code}`));
    body.appendChild(box);
  }

  const VIEWS = { kpi, table, sentences, chart };

  /* Fill the body of a card.  `asTable`: the figures behind a chart instead of it. */
  function fill(body, tile, payload, asTable, size) {
    const isChart = payload.state === "ok" && tile.view === "chart" && !asTable;
    const isList = payload.state === "ok" && tile.view === "list" && !asTable; // it keeps what is being typed
    if (!isChart && !isList) {
      const plot = body.querySelector(":scope > .plot");
      if (plot && window.Plotly) window.Plotly.purge(plot);
      body.replaceChildren();
    }
    if (payload.state !== "ok") message(body, payload);
    else if (asTable) table(body, tile, payload.table);
    else VIEWS[tile.view](body, tile, payload.content, size);
  }

  clientscope.draw = { fill, make, goTo, pickable, views: VIEWS };
})();
