/* The work list: settling follow-ups that were added here, and adding one for a client. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const { make } = clientscope.draw;
  const { ask, button, labelled, choice, dialog } = clientscope.saved;
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

  function adding(tile, form, row) {
    const body = dialog(`Follow-up for ${row.name}`, "add-followup");
    const box = make("form", "work-form"), said = make("p", "saved-problem");
    const action = make("input", "control"), due = make("input", "control");
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
    box.append(labelled("What is to be done", action), labelled("Due", due), labelled("Priority", priority));
    if (owner) {
      owner.required = true;
      box.append(labelled("Who does it", owner));
    }
    box.append(said, save);
    box.addEventListener("submit", async (event) => {
      event.preventDefault();
      save.disabled = true;
      try {
        const sent = { client: row.client, action: action.value, due: due.value, priority: priority.value };
        if (owner) sent.staff = owner.value;
        await ask("POST", "/followups", sent);
        body.closest("dialog").close();
        clientscope.say(`Added for ${row.name}.`);
        clientscope.askAgain([tile.name]);
      } catch (error) {
        said.textContent = error.message;
        save.disabled = false;
      }
    });
    body.appendChild(box);
    action.focus();
  }

  clientscope.work = { acts };
})();
