/* What the page of one client shows besides charts and tables: the facts about them, and their timeline. */
(function () {
  "use strict";
  const clientscope = window.clientscope;
  const { make, views } = clientscope.draw;
  const AHEAD = 600; // px before the end at which the next stretch is asked for
  const MOVE = "Stage change"; // what a link to a day is about

  function lines(pairs, className) {
    const list = make("dl", className);
    pairs.forEach(([label, value]) => list.append(make("dt", "", label), make("dd", "", value)));
    return list;
  }

  views.facts = (body, tile, content) => {
    body.appendChild(lines(content.facts, "facts"));
    if (content.note) body.appendChild(make("p", "fine facts-note", content.note));
  };

  /* 2026-10-14 as the server writes it: 14 Oct 2026. */
  function inWords(day) {
    const [year, month, date] = day.split("-").map(Number);
    return `${date} ${new Date(year, month - 1, 1).toLocaleString("en-US", { month: "short" })} ${year}`;
  }

  const pageName = () => document.querySelector(".grid-page").dataset.page;
  const address = (tile, more) => `/stream/${pageName()}/${tile.name}${more}`;

  async function ask(path) {
    const answer = await window.fetch(path, { headers: { "X-Requested-With": "timeline" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  /* The kinds as switches, and the months to jump to. */
  function bar(content) {
    const box = make("div", "timeline-bar");
    const kinds = make("div", "kinds");
    kinds.setAttribute("role", "group");
    kinds.setAttribute("aria-label", "Kinds of event");
    content.kinds.forEach(({ kind, count, on }) => {
      const button = make("button", "kind" + (on ? " is-on" : ""));
      button.type = "button";
      button.setAttribute("aria-pressed", on ? "true" : "false");
      button.append(make("span", "", kind), make("span", "kind-count", count.toLocaleString("en-US")));
      button.addEventListener("click", () =>
        on ? clientscope.state.remove("event_kind", kind) : clientscope.state.filter("event_kind", kind));
      kinds.appendChild(button);
    });
    box.append(kinds, months(content));
    return box;
  }

  function months(content) {
    const select = make("select", "months");
    select.setAttribute("aria-label", "Jump to a month");
    const newest = make("option", "", "Newest first");
    newest.value = "";
    select.appendChild(newest);
    content.months.forEach((month) => {
      const option = make("option", "", `${month.label} (${month.count.toLocaleString("en-US")})`);
      option.value = month.value;
      select.appendChild(option);
    });
    select.value = (clientscope.state.params().get("at") || "").slice(0, 7);
    if (select.selectedIndex < 0) select.value = "";
    select.addEventListener("change", () => clientscope.state.set("at", select.value));
    return select;
  }

  function line(tile, event) {
    const item = make("li", "event-line");
    const button = make("button", "event");
    button.type = "button";
    button.dataset.event = event.key;
    button.setAttribute("aria-expanded", "false");
    const what = make("span", "event-what");
    what.append(make("b", "", event.what), make("span", "event-notes", event.notes.join(" · ")));
    if (event.text) what.appendChild(make("span", "event-text", event.text));
    button.append(
      make("span", "event-time", event.time || ""), make("span", "event-kind", event.kind), what,
      make("span", "event-amount", event.amount || ""),
    );
    button.addEventListener("click", () => toggle(tile, item, button));
    item.appendChild(button);
    return item;
  }

  async function toggle(tile, item, button) {
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", open ? "false" : "true");
    const there = item.querySelector(".event-detail");
    if (open || there) {
      if (there) there.hidden = open;
      return;
    }
    const detail = make("div", "event-detail");
    item.appendChild(detail);
    try {
      detail.appendChild(lines(await ask(address(tile, `/${button.dataset.event}${clientscope.state.search()}`)), "facts"));
    } catch (error) {
      detail.remove();
      button.setAttribute("aria-expanded", "false");
      clientscope.say("This could not be opened. Try again.");
    }
  }

  /* The list of one client, from its first stretch on: older events below, and newer ones above where it began at a
     month or a day. */
  function stream(tile, list) {
    let next = null, previous = null, asking = false, day = "";

    function lines(events, before) {
      let last = before;
      return events.flatMap((event) => {
        const head = event.day === last ? [] : [make("li", "event-day", `${event.weekday} ${event.day}`)];
        last = event.day;
        return [...head, line(tile, event)];
      });
    }

    function add(content) {
      list.append(...lines(content.events, day));
      if (content.events.length) day = content.events.at(-1).day;
      next = content.next;
      if (content.previous !== undefined) previous = content.previous;
      if (next === null) list.appendChild(make("li", "event-end", list.childElementCount ? "That is all." : "Nothing."));
    }

    /* Newer ones come above; what one reads stays where it is. */
    function addAbove(content) {
      const first = list.firstElementChild, newest = content.events.at(-1);
      const isOneDay = newest && first && first.textContent === `${newest.weekday} ${newest.day}`;
      // Where the name of the day goes up with the newer ones, nothing of these comes to stand in its place.
      const below = list.scrollHeight - Math.max(list.scrollTop, isOneDay ? first.offsetHeight : 0);
      if (isOneDay) first.remove();
      list.prepend(...lines(content.events, ""));
      previous = content.previous;
      list.scrollTop = list.scrollHeight - below;
    }

    async function more(question, take) {
      asking = true;
      list.setAttribute("aria-busy", "true");
      try {
        const content = await ask(address(tile, question));
        if (list.isConnected) take(content);
      } catch (error) {
        if (list.isConnected) retry(question, take);
      }
      asking = false;
      list.setAttribute("aria-busy", "false");
      onward();
    }

    function retry(question, take) {
      const item = make("li", "event-end");
      const again = make("button", "button", "Could not be loaded. Try again");
      again.type = "button";
      again.addEventListener("click", () => {
        item.remove();
        more(question, take);
      });
      item.appendChild(again);
      if (take === addAbove) {
        list.prepend(item);
        previous = null;
      } else {
        list.appendChild(item);
        next = null;
      }
    }

    function onward() {
      if (asking || !list.isConnected) return;
      const isNear = list.scrollTop + list.clientHeight > list.scrollHeight - AHEAD;
      if (next !== null && isNear) more(`${clientscope.state.search()}&after=${next}`, add);
      else if (previous !== null && list.scrollTop < AHEAD) more(`${clientscope.state.search()}&before=${previous}`, addAbove);
    }

    /* Begin where the link says: at the end of a month, or at what changed on a day. */
    function begin(content) {
      add(content);
      const at = clientscope.state.params().get("at") || "";
      const found = at.length === 10 && content.events.find((event) => event.kind === MOVE && event.day === inWords(at));
      if (!found) return;
      const here = list.querySelector(`[data-event="${found.key}"]`);
      here.setAttribute("aria-current", "true");
      list.scrollTop = here.parentElement.offsetTop - list.offsetTop - here.offsetHeight;
    }

    list.addEventListener("scroll", onward);
    return { add: (content) => { add(content); onward(); }, start: () => more(clientscope.state.search(), begin) };
  }

  views.timeline = (body, tile, content) => {
    const box = make("div", "timeline");
    const list = make("ol", "timeline-list");
    list.tabIndex = 0;
    list.setAttribute("aria-label", tile.title);
    box.append(bar(content), list);
    body.appendChild(box);
    const events = stream(tile, list);
    if (clientscope.state.params().get("at")) events.start();
    else events.add(content);
  };
})();
