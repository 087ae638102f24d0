/* Saved views: the present link under a name, and the list of those there are. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const { make } = clientscope.draw;
  const { ask, button, labelled, choice, dialog, row } = clientscope.saved;

  async function open() {
    const body = dialog("Saved views", "views");
    await fill(body);
  }

  async function fill(body) {
    try {
      const known = await ask("GET", "/views?path=" + encodeURIComponent(window.location.pathname));
      const list = make("ul", "saved-list");
      known.views.forEach((one) => list.appendChild(row(one, known.roles, kind(body))));
      const none = make("p", "saved-fine", "No view is saved yet, and none is shared with you.");
      body.replaceChildren(...(known.sharable.length ? [form(body, known)] : []), known.views.length ? list : none);
      const name = body.querySelector("input");
      if (name) name.focus();
    } catch (error) {
      body.replaceChildren(make("p", "message", error.message));
    }
  }

  function form(body, known) {
    const node = make("form", "view-form"), name = make("input", "control"), said = make("p", "saved-problem");
    const title = (document.querySelector(".page-title") || {}).textContent || "";
    const words = (document.getElementById("page-words") || {}).textContent || "";
    const roles = known.roles.filter((role) => known.sharable.includes(role.value));
    const shared = choice([{ value: "", label: "Only me" }, ...roles], "");
    const done = make("button", "button is-main", "Save this view");
    name.maxLength = 80;
    name.required = true;
    done.type = "submit";
    said.setAttribute("role", "alert");
    const line = make("div", "view-line");
    line.append(labelled("Name", name), labelled("For", shared), done);
    node.append(make("p", "saved-fine", [title, words].filter(Boolean).join(" · ")), line, said);
    node.addEventListener("submit", async (event) => {
      event.preventDefault();
      done.disabled = true;
      const here = { path: window.location.pathname, search: window.location.search };
      try {
        await ask("POST", "/views", { ...here, name: name.value, roles: shared.value ? [shared.value] : [] });
        clientscope.say(`“${name.value.trim()}” is saved.`);
        await fill(body);
      } catch (error) {
        said.textContent = error.message;
        done.disabled = false;
      }
    });
    return node;
  }

  const kind = (body) => ({
    path: "/views",
    oneRole: true,
    name: (one) => {
      const link = make("a", "saved-name", one.name);
      link.href = one.path + one.search;
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab of its own
        event.preventDefault();
        body.closest("dialog").close();
        clientscope.visit({ pathname: one.path, search: one.search });
      });
      return link;
    },
    about: (one) => [make("div", "saved-words", one.page)],
    tools: () => [],
    changed: (words) => {
      clientscope.say(words);
      fill(body);
    },
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest('[data-saved="views"]')) open();
  });
})();
