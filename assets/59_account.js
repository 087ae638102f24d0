/* What people set for themselves: the time zone whose days and hours they see. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const { make } = clientscope.draw;
  const { ask, labelled, choice, dialog } = clientscope.saved;
  const PATH = "/account/timezone";

  async function open() {
    const body = dialog("Time zone", "time-zone");
    try {
      const known = await ask("GET", PATH);
      const form = make("form", "zone-form"), said = make("p", "saved-problem");
      const options = [{ value: "", label: `The site's: ${known.site}` }];
      known.zones.forEach((name) => options.push({ value: name, label: name.replace(/_/g, " ") }));
      const zone = choice(options, known.zone), done = make("button", "button is-main", "Use this zone");
      done.type = "submit";
      said.setAttribute("role", "alert");
      const words = "Days, weeks and hours of what has a time of day follow this zone. What is counted at the end of a day, " +
        "such as balances or overdue follow-ups, is counted at the end of the site's day for everybody.";
      form.append(make("p", "saved-fine", words), labelled("Time zone", zone), done, said);
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        done.disabled = true;
        try {
          await ask("PUT", PATH, { zone: zone.value });
          window.location.reload();
        } catch (error) {
          said.textContent = error.message;
          done.disabled = false;
        }
      });
      body.replaceChildren(form);
      zone.focus();
    } catch (error) {
      body.replaceChildren(make("p", "message", error.message));
    }
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest('[data-saved="zone"]')) open();
  });
})();
