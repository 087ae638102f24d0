/* Going to another address within the frame.  A click that changes what a page is asked is answered before Dash hears of it:
   Dash's own rounds keep the browser busy for as long as the server needs, and the tiles would wait for them. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const PATIENCE_MS = 150; // after which Dash is told all the same, and the page shows that it waits
  let turn = 0; // counts visits: what belongs to an earlier one comes too late
  let untold = false;

  const afterPaint = (then) => requestAnimationFrame(() => setTimeout(then, 0));

  /* Where the address is there already, Dash must hear the whole of it: it would go back to a part that it knows else. */
  function tell(where) {
    window.dash_clientside.set_props("url", untold ? { ...where, href: window.location.href } : where);
    untold = false;
  }

  /* `where` has a pathname, a search or both; the other stays.  `now`: what changes is not in the tiles. */
  clientscope.visit = (where, now) => {
    const { pathname = window.location.pathname, search = window.location.search } = where;
    const answers = clientscope.askAhead(pathname, search), mine = (turn += 1);
    if (now || pathname !== window.location.pathname) {
      untold = false;
      tell(where);
      return;
    }
    window.history.pushState({}, "", pathname + search);
    untold = true;
    clientscope.waiting();
    const tellOnce = () => untold && mine === turn && tell(where);
    const drawn = Object.entries(answers).map(async ([store, answer]) => {
      const found = await answer;
      if (!found.ok) return; // Dash will find out, and say so
      const { response } = await found.clone().json();
      if (mine === turn) clientscope.drawEarly(response[store].data);
    });
    Promise.allSettled(drawn).then(() => afterPaint(tellOnce));
    setTimeout(tellOnce, PATIENCE_MS);
  };

  /* Back, before Dash was told of the way there: it sees no change, but the tiles may show what was left. */
  window.addEventListener("popstate", () => {
    turn += 1;
    if (untold) clientscope.askAgain([]);
    untold = false;
  });
})();
