/* What saved segments and saved views share: the dialog, the requests, and a list whose rows can be renamed, shared
   and deleted. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const { make } = clientscope.draw;
  const BROKEN = "This did not work; try again.";

  /* Ask the server.  Resolves to its answer; rejects with words for the person. */
  async function ask(method, path, body) {
    const headers = { "X-Requested-With": "saved" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let answer, text;
    try {
      answer = await window.fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
      text = await answer.text();
    } catch (error) {
      throw new Error(BROKEN);
    }
    let said = {};
    try {
      said = JSON.parse(text);
    } catch (error) {
      said = { message: text.trim() };
    }
    if (!answer.ok) throw new Error(said.message || BROKEN);
    if (said && said.problem) throw new Error(said.problem);
    return said;
  }

  function button(text, name, action, label) {
    const node = make("button", name, text);
    node.type = "button";
    if (label) node.setAttribute("aria-label", label);
    node.addEventListener("click", action);
    return node;
  }

  function labelled(words, control) {
    const node = make("label", "field");
    node.append(make("span", "field-label", words), control);
    return node;
  }

  function choice(options, value) {
    const node = make("select", "control");
    options.forEach((one) => node.add(new Option(one.label, one.value, false, one.value === value)));
    return node;
  }

  /* A dialog over the page; it is gone when it closes.  Returns its body. */
  function dialog(title, id) {
    document.querySelectorAll("dialog.saved").forEach((old) => old.close());
    const box = make("dialog", "saved");
    box.id = id;
    const head = make("header", "saved-head"), heading = make("h2", "saved-title", title), body = make("div", "saved-body");
    heading.id = id + "-title";
    box.setAttribute("aria-labelledby", heading.id);
    head.append(heading, button("×", "tool", () => box.close(), "Close"));
    box.append(head, body);
    box.addEventListener("close", () => box.remove());
    box.addEventListener("click", (event) => {
      if (event.target === box) box.close();
    });
    document.body.appendChild(box);
    box.showModal();
    return body;
  }

  /* Boxes to tick: whom something is shared with.  `one`: at most one of them. */
  function sharing(roles, chosen, one) {
    const set = make("fieldset", "roles");
    set.appendChild(make("legend", "field-label", one ? "Share with one role" : "Share with"));
    roles.forEach((role) => {
      const label = make("label", "role"), box = make("input");
      box.type = "checkbox";
      box.value = role.value;
      box.checked = chosen.includes(role.value);
      box.addEventListener("change", () => {
        if (one && box.checked) set.querySelectorAll("input").forEach((other) => (other.checked = other === box));
      });
      label.append(box, make("span", "", role.label));
      set.appendChild(label);
    });
    return { node: set, value: () => [...set.querySelectorAll("input:checked")].map((box) => box.value) };
  }

  function sharedWords(item, roles) {
    const names = item.roles.map((value) => (roles.find((role) => role.value === value) || { label: value }).label);
    if (!item.owner) return "Comes with the site, for everybody";
    const shared = !names.length ? "Private" : `Shared with ${names.length === roles.length ? "everybody" : names.join(", ")}`;
    return item.mine ? shared : `${shared} · by ${item.owner}`;
  }

  /* One row of a list.  `kind`: its path on the server and what changes mean for the list. */
  function row(item, roles, kind) {
    const node = make("li", "saved-row");
    const main = make("div", "saved-main"), tools = make("div", "saved-tools"), edit = make("div", "saved-edit");
    const sharable = item.sharable ? roles.filter((role) => item.sharable.includes(role.value)) : roles;
    node.dataset.id = item.id;
    main.append(kind.name(item), ...kind.about(item), make("div", "saved-fine", sharedWords(item, roles)));
    edit.hidden = true;
    edit.setAttribute("role", "group");
    kind.tools(item).forEach((one) => tools.appendChild(one));
    if (item.mayChange) {
      tools.append(
        button("Rename", "link", () => renaming(item, edit, kind), `Rename ${item.name}`),
        button("Share", "link", () => sharingEdit(item, sharable, edit, kind), `Share ${item.name}`),
        button("Delete", "link is-bad", () => deleting(item, edit, kind), `Delete ${item.name}`),
      );
    }
    const figure = make("div", "saved-figure");
    node.append(main, figure, tools, edit);
    return node;
  }

  /* What is being changed, below the row, with its two buttons. */
  function editing(edit, content, words, action) {
    const said = make("span", "saved-problem"), form = make("form", "saved-form");
    said.setAttribute("role", "alert");
    const done = make("button", "button is-main", words);
    done.type = "submit";
    form.append(content, done, button("Cancel", "button", () => (edit.hidden = true)), said);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      done.disabled = true;
      try {
        await action();
      } catch (error) {
        said.textContent = error.message;
        done.disabled = false;
      }
    });
    edit.replaceChildren(form);
    edit.hidden = false;
    (form.querySelector("input, select, button") || done).focus();
  }

  function renaming(item, edit, kind) {
    const name = make("input", "control");
    name.value = item.name;
    name.maxLength = 80;
    name.setAttribute("aria-label", "Name");
    editing(edit, name, "Rename", async () => {
      await ask("PATCH", `${kind.path}/${item.id}`, { name: name.value });
      kind.changed("Renamed.");
    });
    name.select();
  }

  function sharingEdit(item, roles, edit, kind) {
    const boxes = sharing(roles, item.roles, kind.oneRole);
    editing(edit, boxes.node, "Share", async () => {
      await ask("PATCH", `${kind.path}/${item.id}`, { roles: boxes.value() });
      kind.changed("Sharing changed.");
    });
  }

  function deleting(item, edit, kind) {
    const words = item.roles.length ? `Delete “${item.name}” for everybody it is shared with?` : `Delete “${item.name}”?`;
    editing(edit, make("span", "", words), "Delete", async () => {
      await ask("DELETE", `${kind.path}/${item.id}`);
      kind.changed("Deleted.", item.id);
    });
  }

  clientscope.saved = { ask, button, labelled, choice, dialog, sharing, row };
})();
