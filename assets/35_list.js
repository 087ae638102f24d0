/* A long list: searched, sorted and turned page by page on the server; its state is a part of the link. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const { make, goTo, views } = clientscope.draw;
  const { isWhole, stack } = clientscope.fit;
  const TYPING_MS = 350;
  const RANK = "rank"; // the column whose number stands before the name

  function search(tile) {
    const box = make("input", "list-find");
    let typing = 0;
    box.type = "search";
    box.autocomplete = "off";
    box.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => clientscope.state.list(tile.name, { find: box.value.trim(), page: "" }), TYPING_MS);
    });
    return box;
  }

  function turn(tile, sign, label, to) {
    const node = make("button", "button list-turn", sign);
    node.type = "button";
    node.title = label;
    node.setAttribute("aria-label", label);
    node.dataset.keep = label;
    node.disabled = to === null;
    node.addEventListener("click", () => clientscope.state.list(tile.name, { page: to > 1 ? String(to) : "" }));
    return node;
  }

  function pager(tile, content) {
    const box = make("div", "list-pager");
    const { page, pages } = content;
    const words = make("span", "list-words", content.words);
    words.setAttribute("role", "status");
    box.append(words, turn(tile, "«", "First page", page > 1 ? 1 : null));
    box.append(turn(tile, "‹", "Page before", page > 1 ? page - 1 : null));
    box.append(turn(tile, "›", "Next page", page < pages ? page + 1 : null));
    box.append(turn(tile, "»", "Last page", page < pages ? pages : null));
    return box;
  }

  /* A second click on the same heading turns the order; numbers begin with the largest. */
  function heading(tile, content, column) {
    const on = content.sort === column.name;
    const cell = make("th", column.number ? "number" : "");
    cell.scope = "col";
    if (column.fixed) {
      cell.textContent = column.label;
      return cell;
    }
    cell.setAttribute("aria-sort", on ? (content.descending ? "descending" : "ascending") : "none");
    const sorter = make("button", "sorter", column.label);
    sorter.type = "button";
    sorter.dataset.keep = column.name;
    if (on) sorter.append(make("span", "sorted", content.descending ? " ▼" : " ▲"));
    sorter.addEventListener("click", () => {
      const down = on ? !content.descending : column.down === undefined ? column.number : column.down;
      clientscope.state.list(tile.name, { sort: (down ? "-" : "") + column.name, page: "" });
    });
    cell.appendChild(sorter);
    return cell;
  }

  const plain = (value) => (value && value.text !== undefined ? value.text : value);

  /* A value with what belongs to it in small print: how late, on how many things it rests. */
  function detail(cell, value) {
    if (value.title) cell.title = value.title;
    if (!value.fine) return;
    cell.append(" ", make("span", value.tone ? `fine tone-${value.tone}` : "fine", value.fine));
  }

  function rows(tile, content) {
    const wrap = make("div", "table-wrap");
    wrap.tabIndex = 0;
    const grid = make("table", "grid");
    const head = grid.createTHead().insertRow();
    content.columns.forEach((column) => head.appendChild(heading(tile, content, column)));
    if (content.acts) head.appendChild(make("td", "acts"));
    const on = new Set(clientscope.state.picks(tile.name).map((pick) => pick.value));
    const body = grid.createTBody();
    content.rows.forEach((row, r) => {
      const line = body.insertRow();
      row.forEach((text, c) => {
        const cell = make("td", content.columns[c].number ? "number" : "", c || !content.links[r] ? plain(text) : null);
        if (!c && content.links[r]) cell.appendChild(goTo(content.links[r], text));
        if (text && text.text !== undefined) detail(cell, text);
        cell.dataset.label = content.columns[c].label;
        if (content.columns[c].name === RANK) cell.classList.add("rank");
        if (isWhole(plain(text))) cell.classList.add("whole");
        line.appendChild(cell);
      });
      if (content.keys) clientscope.draw.pickable(line, content.keys[r], on);
      if (content.acts) line.appendChild(clientscope.work.acts(tile, content, content.acts[r]));
    });
    wrap.appendChild(grid);
    return wrap;
  }

  /* The box to search in stays while the rows change: somebody may still be typing.  What had the focus has it again. */
  views.list = (body, tile, content) => {
    let bar = body.querySelector(":scope > .list-bar");
    if (!bar) {
      bar = make("div", "list-bar");
      if (content.find !== null) bar.appendChild(search(tile));
      body.replaceChildren(bar);
    }
    const box = bar.querySelector(".list-find");
    const focused = body.contains(document.activeElement) ? document.activeElement.dataset.keep : null;
    if (box) {
      box.placeholder = content.hint;
      box.setAttribute("aria-label", content.hint);
      if (document.activeElement !== box) box.value = content.find;
    }
    body.querySelectorAll(".list-pager, .table-wrap, .list-new").forEach((old) => old.remove());
    if (content.form) bar.appendChild(clientscope.work.begin(tile, content.form));
    if (box || content.pages > 1) bar.appendChild(pager(tile, content));
    const list = rows(tile, content);
    body.appendChild(list);
    stack(list);
    const again = focused && [...body.querySelectorAll("[data-keep]")].find((node) => node.dataset.keep === focused);
    if (again) again.focus();
  };
})();
