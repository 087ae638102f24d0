/* The whole page as a workbook, as the link has it.  It takes a moment, so it says what it does. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const KEPT_MS = 60000;
  let exporting = false;

  async function exportPage() {
    const page = document.querySelector(".grid-page");
    if (exporting || !page) return;
    exporting = true;
    clientscope.say("The workbook is being made.");
    try {
      const address = `/export/${page.dataset.page}/page.xlsx${clientscope.state.search()}`;
      const answer = await window.fetch(address, { headers: { "X-Requested-With": "export" } });
      if (!answer.ok) throw new Error(wordsOf(await answer.text()));
      const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || "");
      const file = URL.createObjectURL(await answer.blob());
      clientscope.download(file, name ? name[1] : "page.xlsx");
      setTimeout(() => URL.revokeObjectURL(file), KEPT_MS);
      clientscope.say("The workbook is in your downloads.");
    } catch (error) {
      clientscope.say(error instanceof TypeError ? "No connection; try again." : error.message);
    } finally {
      exporting = false;
    }
  }

  /* What the server says of a refusal: JSON with a message, or plain words. */
  function wordsOf(text) {
    try {
      return JSON.parse(text).message || text;
    } catch (error) {
      return text.trim() || "This did not work; try again.";
    }
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-shell=export]")) exportPage();
  });
})();
