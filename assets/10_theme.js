/* The two themes of the charts: the template that every figure gets, and the dark colour for each light one. */
(function () {
  "use strict";
  const clientscope = (window.clientscope = window.clientscope || {});
  /* A cookie, so that the server's own pages (log-in, messages), which run no script, have the same theme. */
  const KEY = "clientscope-theme", A_YEAR = 365 * 24 * 3600;

  /* Slot by slot the same as layouts/theme.py. */
  const DARK = {
    "#1D4A9C": "#74A7F0", "#C8601F": "#E08B45", "#2FA57A": "#4FD39A", "#CE5A9E": "#DE6AA0",
    "#7A4BE0": "#8C62F2", "#46515D": "#D5DAE0", "#5A6675": "#9AA7B6", "#E3E7EC": "#2A3441",
    "#FFFFFF": "#18202A", "#1B2330": "#E8ECF1", "#1F7A4D": "#4CC38A", "#9A6700": "#E2B03E",
    "#C0362C": "#FF7A6E", "#A9B3BF": "#5F6C7B", "#E6ECF6": "#212C3C", "#C9D6EC": "#2D4468",
    "#F3F6FB": "#1D2733", "#86A3D2": "#44659A",
  };

  function chosen() {
    const found = document.cookie.split("; ").find((one) => one.startsWith(KEY + "="));
    return found ? found.slice(KEY.length + 1) : null;
  }

  function choose(theme) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${KEY}=${theme}; Path=/; Max-Age=${A_YEAR}; SameSite=Lax${secure}`;
  }

  /* What the page shows.  Asked for by every card that is drawn, and to read a cookie the browser asks another process. */
  const current = () => document.documentElement.dataset.theme;

  function apply() {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    document.documentElement.dataset.theme = chosen() || system;
  }

  /* Exchange colours in a figure's data and layout; numbers and long arrays of them are left alone. */
  function tint(value) {
    if (typeof value === "string") return DARK[value] || value;
    if (Array.isArray(value)) return typeof value[value.length - 1] === "number" ? value : value.map(tint);
    if (value && typeof value === "object" && !ArrayBuffer.isView(value)) {
      const copy = {};
      for (const key in value) copy[key] = tint(value[key]);
      return copy;
    }
    return value;
  }

  function template() {
    const dark = current() === "dark";
    const pick = (light) => (dark ? DARK[light] : light);
    const axis = {
      gridcolor: pick("#E3E7EC"), zerolinecolor: pick("#A9B3BF"), linecolor: pick("#E3E7EC"), zeroline: false,
      tickfont: { size: 12, color: pick("#5A6675") }, ticks: "", automargin: true, fixedrange: true,
    }; // without a title: even an empty one takes room
    return {
      layout: {
        font: { family: "Inter, system-ui, sans-serif", size: 12, color: pick("#1B2330") },
        colorway: ["#1D4A9C", "#C8601F", "#2FA57A", "#CE5A9E", "#7A4BE0", "#46515D"].map(pick),
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
        xaxis: { ...axis, showgrid: false, ticklabelstandoff: 4 }, yaxis: { ...axis, ticklabelstandoff: 6 },
        hoverlabel: {
          bgcolor: pick("#FFFFFF"), bordercolor: pick("#A9B3BF"), align: "left",
          font: { family: "Inter, system-ui, sans-serif", size: 13, color: pick("#1B2330") },
        },
        legend: {
          orientation: "h", x: 0, y: 1.02, xanchor: "left", yanchor: "bottom", bgcolor: "rgba(0,0,0,0)",
          font: { size: 12, color: pick("#5A6675") }, itemclick: false, itemdoubleclick: false,
        },
        margin: { l: 8, r: 12, t: 8, b: 8 },
        showlegend: false, dragmode: false, bargap: 0.28, hoverdistance: 40,
        modebar: { remove: ["all"] },
      },
    };
  }

  function toggle() {
    const next = current() === "dark" ? "light" : "dark";
    choose(next);
    document.documentElement.dataset.theme = next;
    if (clientscope.redrawAll) clientscope.redrawAll();
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (chosen()) return;
    apply();
    if (clientscope.redrawAll) clientscope.redrawAll();
  });
  /* Load a script that the page only announces in its head, once. */
  const scripts = {};
  clientscope.script = (id) => {
    scripts[id] = scripts[id] || new Promise((done, failed) => {
      const node = document.createElement("script");
      node.src = document.getElementById(id).href;
      node.onload = done;
      node.onerror = failed;
      document.head.appendChild(node);
    });
    return scripts[id];
  };

  apply();
  clientscope.theme = {
    template, toggle, current,
    paint: (figure) => (current() === "dark" ? tint(figure) : figure),
  };
})();
