/* The work list: settling follow-ups that were added here, and adding one for a client. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const { make } = clientscope.draw;
  const { ask, button, labelled, choice, dialog } = clientscope.saved;
  const TYPING_MS = 250;
  const UNDO = { done: "reopen_done", cancel: "reopen_cancel" };
  const SAID = { done: "Marked as done.", cancel: "Cancelled.", reopen_done: "Open again.", reopen_cancel: "Open again." };

  /* The buttons of a row: only what was added here can be settled here. */
  function acts(tile, content, row) {
    const cell = make("td", "acts");
    if (!row) return cell;
    if (row.own) {
      cell.append(
        button("Done", "button", (event) => move(tile, row, "done", event.currentTarget), `Done: follow-up for ${row.name}`),
        button("Cancel", "link", (event) => move(tile, row, "cancel", event.currentTarget), `Cancel the follow-up for ${row.name}`),
      );
    }
    if (row.client && content.form)
      cell.append(button("+ Add", "link", () => adding(tile, content.form, row), `Add a follow-up for ${row.name}`));
    return cell;
  }

  async function move(tile, row, what, pressed) {
    if (pressed) pressed.disabled = true;
    try {
      await ask("PATCH", `/followups/${row.own}`, { move: what });
      clientscope.say(SAID[what], UNDO[what] && { words: "Undo", act: () => move(tile, row, UNDO[what]) });
    } catch (error) {
      clientscope.say(error.message);
    }
    clientscope.askAgain([tile.name]);
  }

  /* The box to look a client up in: what is typed is asked of the server, what is chosen stands for one client. */
  function finder() {
    const box = make("input", "control"), list = make("datalist", "");
    const known = new Map();
    let typing = 0;
    list.id = "followup-clients";
    box.setAttribute("list", list.id);
    box.required = true;
    box.autocomplete = "off";
    box.placeholder = "Name or number";
    box.addEventListener("input", () => {
      clearTimeout(typing);
      if (known.has(box.value)) return;
      typing = setTimeout(async () => {
        const found = await ask("GET", "/followups/clients?find=" + encodeURIComponent(box.value)).catch(() => ({ clients: [] }));
        known.clear();
        found.clients.forEach((one) => known.set(`${one.label} · ${one.value}`, one.value));
        list.replaceChildren(...[...known.keys()].map((text) => new Option(text, text)));
      }, TYPING_MS);
    });
    return { box, list, value: () => known.get(box.value) };
  }

  /* The form for a new one; `row` names the client, null lets one look somebody up. */
  function adding(tile, form, row) {
    const body = dialog(row ? `Follow-up for ${row.name}` : "New follow-up", "add-followup");
    const box = make("form", "work-form"), said = make("p", "saved-problem");
    const action = make("input", "control"), due = make("input", "control");
    const client = row ? null : finder();
    const priority = choice(form.priorities.map((one) => ({ value: one, label: one })), "Normal");
    const owner = form.owners.length ? choice([{ value: "", label: "Choose" }, ...form.owners], "") : null;
    action.maxLength = 200;
    action.required = true;
    action.placeholder = "Call back about …";
    due.type = "date";
    due.min = form.first;
    due.value = form.usual;
    due.required = true;
    said.setAttribute("role", "alert");
    const save = make("button", "button is-main", "Add");
    save.type = "submit";
    if (client) {
      const field = labelled("Client", client.box);
      field.classList.add("is-whole");
      box.append(field, client.list);
    }
    const what = labelled("What is to be done", action);
    what.classList.add("is-whole");
    box.append(what, labelled("Due", due), labelled("Priority", priority));
    if (owner) {
      owner.required = true;
      box.append(labelled("Who does it", owner));
    }
    box.append(said, save);
    box.addEventListener("submit", async (event) => {
      event.preventDefault();
      const whom = row ? row.client : client.value();
      if (!whom) {
        said.textContent = "Choose a client from the list.";
        return;
      }
      save.disabled = true;
      try {
        const sent = { client: whom, action: action.value, due: due.value, priority: priority.value };
        if (owner) sent.staff = owner.value;
        await ask("POST", "/followups", sent);
        body.closest("dialog").close();
        clientscope.say(`Added for ${row ? row.name : client.box.value.split(" · ")[0]}.`);
        clientscope.askAgain([tile.name]);
      } catch (error) {
        said.textContent = error.message;
        save.disabled = false;
      }
    });
    body.appendChild(box);
    (client ? client.box : action).focus();
  }

  const begin = (tile, form) => button("New follow-up", "button list-new", () => adding(tile, form, null));

  clientscope.work = { acts, begin };
})();
