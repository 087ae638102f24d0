/* The frame around the page: chips, notices, the stamp of the data, the way back to the log-in, live data. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const { make } = clientscope.draw;
  const POLL_MS = 1500;
  const PATIENCE_MS = 5000;
  /* Of which state of the data each lane of the page is. */
  const states = new Map();
  let statesOf = null;

  const at = (id) => document.getElementById(id);

  /* What came with the tiles: the words under the title, the chips, what the link asked for in vain. */
  clientscope.frame = (data) => {
    if (at("page-words")) at("page-words").textContent = data.words || "";
    if (data.title && document.querySelector(".page-title")) document.querySelector(".page-title").textContent = data.title;
    if (data.stamp) {
      const { away, stale, words } = data.stamp;
      at("stamp").textContent = `Data as of ${words}` + (away ? ", cannot be reached now" : "");
      at("stamp").className = "stamp" + (away || stale ? " is-stale" : "");
      at("stamp").title = away ? "The last known figures; the page goes on by itself." : stale ? "Older than the freshness target." : "";
      at("demo").hidden = !data.stamp.demo;
    }
    chips(data.chips || []);
    notices(data.problems || []);
  };

  /* A lane of which a part came later, from newer data, is of no state: all of it is asked for anew. */
  clientscope.heard = ({ page, search, lane, of, part }) => {
    if (statesOf !== page + search) states.clear();
    statesOf = page + search;
    states.set(lane, part && states.get(lane) !== of ? "" : of);
  };
  const isOld = (state) => [...states.values()].some((of) => of !== state);

  function chips(list) {
    const bar = at("chips");
    if (!bar) return;
    bar.replaceChildren();
    list.forEach((chip) => {
      const node = make("button", "chip");
      node.type = "button";
      node.append(make("span", "chip-label", chip.label), make("span", "", chip.value), make("span", "chip-x", "×"));
      node.setAttribute("aria-label", `Remove ${chip.label}: ${chip.value}`);
      node.title = chip.title || "";
      node.addEventListener("click", () => clientscope.state.remove(chip.name, chip.raw));
      bar.appendChild(node);
    });
    bar.hidden = !list.length;
    const reset = at("reset");
    if (reset) reset.disabled = !list.length;
  }

  function notices(list) {
    const box = at("notices");
    if (!box) return;
    box.replaceChildren(...list.map((text) => make("p", "", text)));
    box.hidden = !list.length;
  }

  let saying = 0;
  /* `offer`: something to do about it, as `words` and `act`. */
  clientscope.say = (text, offer) => {
    const box = at("toast");
    box.textContent = text;
    box.classList.toggle("has-offer", !!offer);
    if (offer) {
      const node = make("button", "toast-act", offer.words);
      node.type = "button";
      node.addEventListener("click", () => {
        box.classList.remove("is-shown");
        offer.act();
      });
      box.append(" ", node);
    }
    box.classList.add("is-shown");
    clearTimeout(saying);
    saying = setTimeout(() => box.classList.remove("is-shown", "has-offer"), offer ? 8000 : 4000);
  };

  /* Two days of a calendar for the period "Custom". */
  clientscope.askForDates = () => {
    const box = at("dates");
    if (!box) return;
    const now = clientscope.state.params();
    const from = make("input"), to = make("input"), done = make("button", "button", "Show");
    from.type = to.type = "date";
    from.setAttribute("aria-label", "First day");
    to.setAttribute("aria-label", "Last day");
    from.value = now.get("from") || "";
    to.value = now.has("to") ? shifted(now.get("to"), -1) : "";
    done.type = "button";
    done.addEventListener("click", () => {
      if (!from.value || !to.value || from.value > to.value) {
        clientscope.say("Choose a first day and a last day that is not before it.");
        return;
      }
      clientscope.state.custom(from.value, shifted(to.value, 1));
    });
    box.replaceChildren(from, make("span", "", "–"), to, done);
    box.hidden = false;
  };

  function shifted(day, by) {
    const date = new Date(day + "T00:00:00Z");
    date.setUTCDate(date.getUTCDate() + by);
    return date.toISOString().slice(0, 10);
  }

  /* Dash calls this when the query string or the page changes; what it returns asks for the records that the link names. */
  function moved(search, path) {
    const now = new URLSearchParams(search || "");
    if (now.has("from")) clientscope.askForDates();
    else if (at("dates")) at("dates").hidden = true;
    document.querySelectorAll("a.nav-link").forEach((link) => {
      const own = new URL(link.href).pathname;
      const on = own === path || (own !== "/" && (path || "").startsWith(own + "/"));
      link.classList.toggle("is-here", on);
      if (on) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    document.body.classList.toggle("has-records", now.has("records"));
    clientscope.waiting();
    return now.get("records") ? wanted(search, path) : window.dash_clientside.no_update;
  }

  /* A client's name in the records leads to the client. */
  window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};
  window.dashAgGridComponentFunctions.ClientLink = (cell) => {
    if (!cell.data) return "";
    if (!cell.data.client_id || cell.data.client_id === "Unknown") return cell.value || "—";
    const href = cell.path + encodeURIComponent(cell.data.client_id);
    return window.React.createElement("a", { className: "to-page", href }, cell.value || cell.data.client_id);
  };

  /* A day in the records, as it stands everywhere else: 14 Oct 2026. */
  window.dashAgGridFunctions = window.dashAgGridFunctions || {};
  window.dashAgGridFunctions.told = (value) => {
    if (value === null || value === undefined) return "—";
    const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value) || [];
    if (!year) return value;
    return `${Number(date)} ${new Date(year, month - 1, 1).toLocaleString("en-US", { month: "short" })} ${year}`;
  };

  /* The grid of the records is a large script: it comes with the first records that are asked for. */
  async function wanted(search, path) {
    await clientscope.script("grid");
    return path + (search || "");
  }

  /* --- the session -------------------------------------------------------------------------------------------- */

  const plainFetch = window.fetch.bind(window);
  let leaving = false;
  window.fetch = async (target, settings) => {
    const body = (settings || {}).body;
    let answer;
    try {
      answer = await (clientscope.askedAhead(target, settings) || plainFetch(target, clientscope.withPresence(settings)));
    } catch (error) {
      if (typeof body === "string") clientscope.requestFailed(body);
      throw error;
    }
    if (answer.status === 401) toLogin();
    if (answer.status >= 500 && typeof body === "string") clientscope.requestFailed(body);
    return answer;
  };

  function toLogin() {
    if (leaving) return;
    leaving = true;
    const here = window.location.pathname + window.location.search;
    window.location.assign("/login?next=" + encodeURIComponent(here));
  }

  /* Log-out is a form with the session's token, as the server wants it. */
  async function logout() {
    const who = await (await window.fetch("/session", { headers: { "X-Requested-With": "shell" } })).json();
    const form = make("form");
    form.method = "post";
    form.action = "/logout";
    const token = make("input");
    token.type = "hidden";
    token.name = "csrf";
    token.value = who.csrf;
    form.appendChild(token);
    document.body.appendChild(form);
    leaving = true; // nothing more is asked in a session that is about to end
    form.submit();
  }

  /* --- live data: a new generation makes every open page ask again ---------------------------------------------- */

  async function poll() {
    if (document.visibilityState === "visible" && states.size && !leaving) {
      try {
        const patience = AbortSignal.timeout(PATIENCE_MS); // a server that accepts and never answers is away too
        const answer = await window.fetch("/generation", { headers: { "X-Requested-With": "poll" }, signal: patience });
        if (answer.ok) {
          const now = await answer.json();
          at("offline").hidden = true;
          if (now.id && isOld(now.id)) {
            states.forEach((_of, lane) => states.set(lane, now.id)); // what is asked for now will say what it is of
            clientscope.askAgain([]);
          }
        }
      } catch (error) {
        at("offline").hidden = false;
      }
    }
    setTimeout(poll, POLL_MS);
  }
  setTimeout(poll, POLL_MS);

  /* Where each address was left by a link, so that the way back leads there again. */
  const left = new Map();
  const address = () => window.location.pathname + window.location.search;
  document.addEventListener("click", (event) => {
    const page = document.querySelector(".grid-page"), link = event.target.closest("a[href]");
    if (page && link) left.set(address(), { place: window.scrollY, page: page.dataset.page });
    if (link && link.matches(".nav-link") && isPlain(event)) clientscope.askAhead(link.pathname, link.search);
  }, true);
  window.addEventListener("popstate", () => clientscope.arriveAt(left.get(address()) || {}));

  const isPlain = (event) => !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  /* A plain click on a link to another page stays in the frame; any other click is the browser's own affair. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.to-page");
    if (!link || !isPlain(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const to = new URL(link.href);
    clientscope.arriveAt({ hash: to.hash });
    if (to.pathname === window.location.pathname && to.hash) return;
    clientscope.visit({ pathname: to.pathname, search: to.search });
    window.scrollTo(0, 0);
  }, true);

  /* What opens in the frame closes again by a click elsewhere or by Escape; lists of options belong to what opened. */
  const OPENED = "details.user, details.more-filters";
  const isInside = (node, box) => box.contains(node) || !!(node.closest && node.closest(".dash-dropdown-content"));
  function closeOpened(target) {
    document.querySelectorAll(OPENED).forEach((box) => {
      if (box.open && !(target && isInside(target, box))) box.open = false;
    });
    const stays = target && target.closest(".actions, [data-shell=more]") && !target.closest("[data-saved]");
    if (!stays) showMore(false);
  }

  /* On a phone the frame's buttons stand behind one. */
  function showMore(on) {
    document.body.classList.toggle("has-more", on);
    document.querySelector("[data-shell=more]").setAttribute("aria-expanded", on ? "true" : "false");
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector(".dash-dropdown-content")) closeOpened(null);
  }, true); // before the list of options has closed itself by the same key

  document.addEventListener("click", (event) => closeOpened(event.target), true); // before what is clicked is gone
  document.addEventListener("click", (event) => {
    const act = event.target.closest("[data-shell]");
    if (!act) return;
    const acts = {
      theme: () => clientscope.theme.toggle(),
      reset: () => clientscope.state.reset(),
      share: () => navigator.clipboard.writeText(window.location.href).then(
        () => clientscope.say("Link copied."), () => clientscope.say(window.location.href)),
      nav: () => document.body.classList.toggle("has-nav"),
      filters: () => document.body.classList.toggle("has-filters"),
      more: () => showMore(!document.body.classList.contains("has-more")),
      close: () => clientscope.state.records(null),
      logout,
    };
    if (acts[act.dataset.shell]) acts[act.dataset.shell]();
  });

  window.dash_clientside.clientscope.moved = moved;
  window.dash_clientside.clientscope.arrived = (content) => {
    clientscope.arrived();
    /* By now the questions are on their way; reading Plotly fills the time until the answers come. */
    setTimeout(() => clientscope.script("plotly"), 0);
    document.body.classList.remove("has-nav", "has-filters");
    document.querySelector("[data-shell=export]").hidden = !document.querySelector(".grid-page > .tiles");
    return window.dash_clientside.no_update;
  };
})();
