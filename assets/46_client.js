/* What the page of one client shows besides charts and tables: the facts about them, and their timeline. */
(function () {
  "use strict";
  const clientscope = window.clientscope;
  const { make, views } = clientscope.draw;
  const AHEAD = 600; // px before the end at which the next stretch is asked for

  function lines(pairs, className) {
    const list = make("dl", className);
    pairs.forEach(([label, value]) => list.append(make("dt", "", label), make("dd", "", value)));
    return list;
  }

  views.facts = (body, tile, content) => {
    body.appendChild(lines(content.facts, "facts"));
    if (content.note) body.appendChild(make("p", "fine facts-note", content.note));
  };

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
    select.value = clientscope.state.params().get("at") || "";
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

  /* The list of one client, from its first stretch on. */
  function stream(tile, list) {
    let next = null, asking = false, day = "";

    function add(content) {
      content.events.forEach((event) => {
        if (event.day !== day) list.appendChild(make("li", "event-day", `${event.weekday} ${event.day}`));
        day = event.day;
        list.appendChild(line(tile, event));
      });
      next = content.next;
      if (next === null) list.appendChild(make("li", "event-end", list.childElementCount ? "That is all." : "Nothing."));
    }

    async function more(question) {
      asking = true;
      list.setAttribute("aria-busy", "true");
      try {
        const content = await ask(address(tile, question));
        if (list.isConnected) add(content);
      } catch (error) {
        if (list.isConnected) retry(question);
      }
      asking = false;
      list.setAttribute("aria-busy", "false");
      onward();
    }

    function retry(question) {
      const item = make("li", "event-end");
      const again = make("button", "button", "Could not be loaded. Try again");
      again.type = "button";
      again.addEventListener("click", () => {
        item.remove();
        more(question);
      });
      item.appendChild(again);
      list.appendChild(item);
      next = null;
    }

    function onward() {
      const isNear = list.scrollTop + list.clientHeight > list.scrollHeight - AHEAD;
      if (next === null || asking || !list.isConnected || !isNear) return;
      more(`${clientscope.state.search()}&after=${next}`);
    }

    list.addEventListener("scroll", onward);
    return { add: (content) => { add(content); onward(); }, start: () => more(clientscope.state.search()) };
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
