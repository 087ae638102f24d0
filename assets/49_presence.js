/* Whether somebody is at the page: what it asks for by itself, such as how far an import is, keeps nobody logged in. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const AWAY_MS = 60000;
  const SIGNS = ["pointerdown", "pointermove", "wheel", "touchstart", "keydown", "focus", "popstate"];
  let touched = Date.now();

  SIGNS.forEach((sign) => window.addEventListener(sign, (event) => {
    if (event.isTrusted) touched = Date.now();
  }, { capture: true, passive: true }));

  /* A request's settings; where nobody has touched the page for a while they say so. */
  clientscope.withPresence = (settings) => {
    if (Date.now() - touched < AWAY_MS) return settings;
    const headers = new Headers((settings || {}).headers);
    headers.set("X-Unattended", "1");
    return { ...settings, headers };
  };
})();
