/* The page Data: it asks again while an import runs, and a way back is confirmed before it is taken. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const { make } = clientscope.draw;
  const { ask, button, dialog } = clientscope.saved;
  const RUNNING_MS = 2000;
  let waiting = 0;

  /* Dash calls this when the page's body has come.  Nobody who looks away is asked for. */
  function loads() {
    clearTimeout(waiting);
    document.querySelectorAll(".loads-card .table-wrap").forEach(clientscope.fit.stack);
    const again = () => {
      if (!document.querySelector(".own-body .is-running")) return;
      if (document.visibilityState === "visible") clientscope.askAgain([]);
      else waiting = setTimeout(again, RUNNING_MS);
    };
    waiting = setTimeout(again, RUNNING_MS);
    return window.dash_clientside.no_update;
  }

  function confirmRollback({ rollback, seen, words }) {
    const body = dialog("Return to earlier data", "roll-back");
    const tools = make("div", "roll-back-tools"), said = make("p", "saved-problem");
    said.setAttribute("role", "alert");
    const done = button("Return to these data", "button is-main", async () => {
      done.disabled = true;
      try {
        await ask("POST", "/admin/loads/rollback", { to: rollback, seen });
        body.closest("dialog").close();
        clientscope.say(`The site now shows ${words}.`);
      } catch (error) {
        said.textContent = error.message;
        done.disabled = false;
      }
      clientscope.askAgain([]);
    });
    tools.append(done, button("Cancel", "button", () => body.closest("dialog").close()), said);
    body.append(make("p", "", `Everybody will see ${words} at once. Nothing is deleted: this can be taken back.`), tools);
    done.focus();
  }

  document.addEventListener("click", (event) => {
    const way = event.target.closest("[data-rollback]");
    if (way) confirmRollback(way.dataset);
  });

  window.dash_clientside.clientscope.loads = loads;
})();
