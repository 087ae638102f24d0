/* Going to another address within the frame.  A click that changes what a page is asked is answered before Dash hears of it:
   Dash's own rounds keep the browser busy for as long as the server needs, and the tiles would wait for them. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const PATIENCE_MS = 150; // after which Dash is told all the same, and the page shows that it waits
  const TOGETHER_MS = 12; // an answer waits so long for the next one: drawn together, the page is laid out once
  let turn = 0; // counts visits: what belongs to an earlier one comes too late
  let untold = false;

  const afterPaint = (then) => requestAnimationFrame(() => setTimeout(then, 0));

  /* Returns what takes one of `count` answers: `then` gets it with those that come close behind. */
  function together(count, then) {
    const found = [];
    const hand = () => found.length && then(found.splice(0));
    return (answer) => {
      found.push(answer);
      count -= 1;
      return count ? new Promise((done) => setTimeout(() => done(hand()), TOGETHER_MS)) : hand();
    };
  }

  /* `where` has a pathname, a search or both; the other stays.  `aside`: no tile changes by it. */
  clientscope.visit = (where, aside) => {
    const { pathname = window.location.pathname, search = window.location.search } = where;
    const mine = (turn += 1);
    untold = !aside && pathname === window.location.pathname;
    if (!untold) {
      clientscope.askAhead(pathname, search);
      window.dash_clientside.set_props("url", where);
      return;
    }
    window.history.pushState({}, "", pathname + search + window.location.hash);
    /* As the browser writes it.  Dash must hear the whole address: it would else go back to the part that it knows. */
    const told = { search: window.location.search, href: window.location.href };
    clientscope.waiting();
    const tell = () => {
      if (!untold || mine !== turn || window.location.href !== told.href) return; // one has gone on meanwhile
      untold = false;
      window.dash_clientside.set_props("url", told);
    };
    const answers = Object.entries(clientscope.askAhead(pathname, told.search));
    const show = together(answers.length, (found) => mine === turn && clientscope.drawEarly(found));
    const drawn = answers.map(async ([store, answer]) => {
      const found = await answer;
      if (!found.ok) return; // Dash will find out, and say so
      const { response } = await found.clone().json();
      await show(response[store].data);
    });
    Promise.allSettled(drawn).then(() => afterPaint(tell));
    setTimeout(tell, PATIENCE_MS);
  };

  /* Back, before Dash was told of the way there: it sees no change, but the tiles may show what was left. */
  window.addEventListener("popstate", () => {
    turn += 1;
    if (untold) clientscope.askAgain([]);
    untold = false;
  });
})();
