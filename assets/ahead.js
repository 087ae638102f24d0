/* Questions put before Dash gets to them.  What a page will ask is known as soon as its address is, but Dash asks only when
   it has drawn the frame, or gone through its own rounds after a click.  Asked at once, the answer is on its way by then.
   This stands in the head of the page and is told which pages there are; an answer that Dash does not call for in time is
   forgotten. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const KEPT_MS = 20000;
  const DEFAULT_PERIOD = "30d";
  const CALLBACK = "/_dash-update-component";
  const HEADERS = { Accept: "application/json", "Content-Type": "application/json" };
  const PAGES = JSON.parse(document.currentScript.dataset.pages);
  const plainFetch = window.fetch.bind(window);
  const asked = new Map(); // answers on their way, by what they answer

  /* The page at an address: one of exactly that path, else the one whose subject stands in it. */
  const pageAt = (path) =>
    PAGES.find((one) => one.path === path) || PAGES.find((one) => one.subject && path.startsWith(one.prefix));

  /* What a page is asked: the link's own parameters, with the page's usual period where they name none, and its subject
     out of the path.  The same as callbacks/subjects.py. */
  function stateOf(search, path, page) {
    if (!page.subject && page.period === DEFAULT_PERIOD) return search || "";
    const whole = new URLSearchParams(search || "");
    if (!["period", "from", "to"].some((name) => whole.has(name))) whole.append("period", page.period);
    if (page.subject) {
      whole.delete(page.subject);
      whole.append(page.subject, subjectIn(path, page));
    }
    return "?" + whole.toString();
  }

  function subjectIn(path, page) {
    const text = path.slice(page.prefix.length);
    try {
      return decodeURIComponent(text);
    } catch (error) {
      return text;
    }
  }

  /* Returns the answer, which is on its way. */
  function ask(key, address, settings) {
    const answer = plainFetch(address, { credentials: "same-origin", headers: HEADERS, ...settings });
    answer.catch(() => {}); // who takes it sees the failure
    asked.set(key, answer);
    setTimeout(() => asked.get(key) === answer && asked.delete(key), KEPT_MS);
    return answer;
  }

  /* What Dash will ask for the tiles at an address, a question for each lane of the page.  Returns by the name of the store
     that each is for the answers, which are on their way. */
  function tiles(path, search) {
    const page = pageAt(path), answers = {};
    if (!page) return answers;
    const state = stateOf(search, path, page);
    const here = { id: "here-" + page.page, property: "data", value: state };
    const changedPropIds = [here.id + ".data"];
    for (let lane = 0; lane < page.lanes; lane += 1) {
      const outputs = { id: `payload-${page.page}` + (lane ? `-${lane}` : ""), property: "data" };
      const output = outputs.id + ".data";
      const question = { output, outputs, inputs: [here, { id: "again", property: "data" }], changedPropIds };
      answers[outputs.id] = ask(output + state, CALLBACK, { method: "POST", body: JSON.stringify(question) });
    }
    return answers;
  }

  /* What a request of Dash asks for, if it may have been asked ahead: null for any other. */
  function keyOf(address, body) {
    if (!address.startsWith(CALLBACK)) return address;
    if (typeof body !== "string" || !body.startsWith('{"output":"payload-')) return null;
    const { output, inputs, changedPropIds } = JSON.parse(body);
    return changedPropIds.includes("again.data") ? null : output + inputs[0].value;
  }

  /* The answer to a request if it was asked ahead; it serves once. */
  function take(target, settings) {
    const key = asked.size ? keyOf(String(target), (settings || {}).body) : null;
    const answer = asked.get(key);
    asked.delete(key);
    return answer;
  }

  Object.assign(clientscope, { pageAt, stateOf, askAhead: tiles, askedAhead: take });
  ["/_dash-layout", "/_dash-dependencies"].forEach((address) => ask(address, address, { method: "GET" }));
  tiles(window.location.pathname, window.location.search);
})();
