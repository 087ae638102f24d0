/* Saved segments: what a page shows, kept as a rule; and the list of those there are. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const { make } = clientscope.draw;
  const { ask, button, labelled, choice, dialog, sharing, row } = clientscope.saved;
  const NUMBER = new Intl.NumberFormat("en-US");
  const PAUSE_MS = 250;

  const page = () => (document.querySelector(".grid-page") || { dataset: {} }).dataset;
  const clients = (count) => (count === null ? "—" : `${NUMBER.format(count)} ${count === 1 ? "client" : "clients"}`);
  const problem = (body, error) => body.replaceChildren(make("p", "message", error.message));
  const refresh = () => clientscope.askAgain([]); // the filter's values and the notices

  /* --- the button beside the chips --------------------------------------------------------------------------------- */

  const frame = clientscope.frame;
  clientscope.frame = (data) => {
    frame(data);
    const bar = document.getElementById("chips"), reset = document.getElementById("reset");
    if (reset && (data.problems || []).length) reset.disabled = false; // what was left out has no chip to remove it by
    if (!bar || bar.hidden || page().subject) return;
    bar.appendChild(button("Save as segment", "link save-segment", openSave));
  };

  /* --- saving -------------------------------------------------------------------------------------------------------- */

  async function openSave() {
    const body = dialog("Save as segment", "save-segment");
    try {
      form(body, await ask("GET", "/segments"));
    } catch (error) {
      problem(body, error);
    }
  }

  function form(body, known) {
    const node = make("form", "segment-form");
    const name = make("input", "control"), words = make("ul", "rule"), count = make("output", "rule-count");
    const said = make("p", "saved-problem"), done = make("button", "button is-main", "Save"), limits = make("div", "limits");
    const days = choice([{ value: "", label: "As on this page" }, ...known.periods], "");
    const shared = sharing(known.roles, [], false);
    name.maxLength = 80;
    name.required = true;
    const end = make("div", "segment-end");
    end.append(done, said);
    done.type = "submit";
    said.setAttribute("role", "alert");
    const asked = () => ({
      search: clientscope.state.search(), period: days.value, thresholds: thresholds(limits),
    });
    const recount = counter(asked, words, count, said, done);
    const more = button("Add a threshold", "link", () => {
      limits.appendChild(limit(known, recount));
      more.hidden = limits.children.length >= 4;
      recount();
    });
    limits.addEventListener("removed", () => (more.hidden = false));
    days.addEventListener("change", recount);
    const dated = labelled("Days that count", days);
    node.append(
      make("p", "saved-fine", "Clients for whom all of this holds, whenever it is used:"), words, limits, more, dated, count,
      labelled("Name", name), shared.node,
      make("p", "saved-fine", "Tick nobody to keep it to yourself. Each person sees only the clients they may see."), end,
    );
    node.addEventListener("submit", (event) => save(event, { ...asked(), name: name.value, roles: shared.value() }, said, done));
    body.replaceChildren(node);
    name.focus();
    recount();
  }

  async function save(event, wanted, said, done) {
    event.preventDefault();
    done.disabled = true;
    try {
      const segment = await ask("POST", "/segments", wanted);
      event.target.closest("dialog").close();
      clientscope.say(`“${segment.name}” is saved: a filter on every page.`);
      refresh();
    } catch (error) {
      said.textContent = error.message;
      done.disabled = false;
    }
  }

  /* How many clients there are now, asked a moment after the last change. */
  function counter(asked, words, count, said, done) {
    let waiting = 0, latest = 0;
    const show = (answer) => {
      words.replaceChildren(...answer.words.map((text) => make("li", "", text)));
      if (answer.days) words.appendChild(make("li", "rule-days", `Days that count: ${answer.days}`));
      count.textContent = `${clients(answer.count)} now`;
      said.textContent = "";
      done.disabled = false;
    };
    return () => {
      clearTimeout(waiting);
      count.textContent = "…";
      done.disabled = true;
      const mine = ++latest;
      waiting = setTimeout(async () => {
        try {
          const answer = await ask("POST", "/segments/count", asked());
          if (mine === latest) show(answer);
        } catch (error) {
          if (mine !== latest) return;
          count.textContent = "";
          said.textContent = error.message;
        }
      }, PAUSE_MS);
    };
  }

  function limit(known, recount) {
    const node = make("div", "limit"), number = make("input", "control");
    const measure = choice(known.measures, known.measures.length && known.measures[0].value), than = choice(known.than, "more");
    measure.setAttribute("aria-label", "What is measured");
    than.setAttribute("aria-label", "How it is compared");
    number.type = "number";
    number.value = "3";
    number.step = "any";
    number.setAttribute("aria-label", "Number");
    [measure, than, number].forEach((control) => control.addEventListener("input", recount));
    node.append(measure, than, number, button("×", "tool", () => {
      node.dispatchEvent(new CustomEvent("removed", { bubbles: true }));
      node.remove();
      recount();
    }, "Remove this threshold"));
    return node;
  }

  const thresholds = (limits) =>
    [...limits.children].map((node) => {
      const [measure, than] = [...node.querySelectorAll("select")].map((one) => one.value);
      const number = node.querySelector("input").value;
      return [measure, than, number === "" ? null : Number(number)];
    });

  /* --- the list ------------------------------------------------------------------------------------------------------ */

  async function openList() {
    const body = dialog("Saved segments", "segments");
    await fillList(body);
  }

  async function fillList(body) {
    try {
      const known = await ask("GET", "/segments");
      const list = make("ul", "saved-list");
      known.segments.forEach((one) => list.appendChild(row(one, known.roles, kind(body))));
      const hint = "To add one, filter a page or click a mark, then choose “Save as segment” beside the chips.";
      body.replaceChildren(list, make("p", "saved-fine", hint));
      body.querySelectorAll(".saved-row").forEach(countRow);
    } catch (error) {
      problem(body, error);
    }
  }

  const kind = (body) => ({
    path: "/segments",
    oneRole: false,
    name: (one) => make("div", "saved-name", one.name),
    about: (one) => [make("div", "saved-words", [...one.words, one.days && `days that count: ${one.days}`].filter(Boolean).join(" · "))],
    tools: (one) => {
      const csv = make("a", "link", "CSV");
      csv.href = `/segments/${encodeURIComponent(one.id)}.csv`;
      csv.setAttribute("aria-label", `CSV of ${one.name}`);
      const use = button("Use", "link", () => {
        body.closest("dialog").close();
        clientscope.state.filter("saved", one.id);
      }, `Filter this page by ${one.name}`);
      return page().page && !page().subject ? [use, csv] : [csv];
    },
    changed: (words, gone) => {
      clientscope.say(words);
      fillList(body);
      if (gone) clientscope.state.remove("saved", gone);
      refresh();
    },
  });

  async function countRow(node) {
    const figure = node.querySelector(".saved-figure");
    figure.textContent = "…";
    try {
      figure.textContent = clients((await ask("POST", "/segments/count", { id: node.dataset.id })).count);
    } catch (error) {
      figure.textContent = "—";
      figure.title = error.message;
    }
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest('[data-saved="segments"]')) openList();
  });
})();
