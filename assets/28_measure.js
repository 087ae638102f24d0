/* How large a label is, without asking the browser, which lays out the whole page anew for each that it has not seen.
   Plotly measures its labels in a place of its own, one by one, and between two of them it changes the page; a text is as
   wide as its letters, and those have been measured once.  What is more than level lines of usual letters is left to the
   browser, as it was.  `clientscope.measure()` is called before drawing, once that place is there. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  const plain = Element.prototype;
  const SVG = "http://www.w3.org/2000/svg";
  const LETTERS = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i)) + "\u00a0–—·…×−€£¥▲▼";
  const PLACE = "js-plotly-tester", ORIGIN = ".js-reference-point";
  const SHIFT = { start: 0, middle: -0.5, end: -1 };
  const fonts = new Map(); // by style: how far above and below the line it reaches, and how wide its letters are, in px

  function fontOf(place, style) {
    if (!fonts.has(style)) fonts.set(style, measured(place, style));
    return fonts.get(style);
  }

  function measured(place, style) {
    const probe = document.createElementNS(SVG, "text");
    probe.setAttribute("style", style);
    probe.style.whiteSpace = "pre";
    probe.textContent = LETTERS;
    plain.appendChild.call(place, probe);
    const isShown = probe.getNumberOfChars() === LETTERS.length;
    const box = plain.getBoundingClientRect.call(probe);
    const zero = plain.getBoundingClientRect.call(place.querySelector(ORIGIN));
    const font = isShown && {
      size: parseFloat(probe.style.fontSize), above: box.top - zero.top, below: box.bottom - zero.top,
      wide: new Map([...LETTERS].map((letter, i) => [letter, probe.getSubStringLength(i, 1)])),
    };
    probe.remove();
    return font || null;
  }

  function widthOf(text, font) {
    let width = 0;
    for (const letter of text) width += font.wide.get(letter);
    return width; // NaN with a letter that is not known
  }

  /* The box of a text of level lines, from where its place has its origin; null where that is not known. */
  function boxOf(place, text) {
    const [, x, y] = /^(?:translate\(([-\d.]+)[ ,]([-\d.]+)\))?$/.exec(text.getAttribute("transform") || "") || [];
    const font = text.hasAttribute("style") && fontOf(place, text.getAttribute("style"));
    const lines = text.childElementCount ? [...text.children] : [text];
    if (!font || (text.hasAttribute("transform") && x === undefined)) return null;
    if (lines.some((line) => line.childElementCount || (line !== text && line.getAttribute("style")))) return null;
    const width = Math.max(...lines.map((line) => widthOf(line.textContent, font)));
    const left = Number(text.getAttribute("x") || 0) + Number(x || 0) + SHIFT[text.getAttribute("text-anchor") || "start"] * width;
    const base = Number(text.getAttribute("y") || 0) + Number(y || 0);
    const last = parseFloat(lines.at(-1).getAttribute("dy") || 0) * font.size;
    if (Number.isNaN(left + base + last)) return null;
    const top = base + font.above, bottom = base + last + font.below;
    return { left, right: left + width, width, top, bottom, height: bottom - top };
  }

  const textOf = (node) => {
    const only = node.tagName === "g" && node.childNodes.length === 1 ? node.firstChild : node;
    return only.tagName === "text" ? only : null;
  };

  clientscope.measure = () => {
    const place = document.getElementById(PLACE);
    if (!place || Object.hasOwn(place, "appendChild")) return;
    const origin = place.querySelector(ORIGIN);
    let isKnown = false; // whether the label that was measured last has its box from here
    place.appendChild = (node) => {
      const text = textOf(node);
      plain.appendChild.call(place, node);
      isKnown = false;
      if (text)
        node.getBoundingClientRect = () => {
          const box = boxOf(place, text);
          isKnown = box !== null;
          return box || plain.getBoundingClientRect.call(node);
        };
      return node;
    };
    origin.getBoundingClientRect = () =>
      isKnown ? { left: 0, right: 0, top: 0, bottom: 0, width: 0, height: 0 } : plain.getBoundingClientRect.call(origin);
  };
  document.fonts.addEventListener("loadingdone", () => fonts.clear());
})();
