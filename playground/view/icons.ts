import { svg } from "./svg.js";

const PATHS = {
  play: "M7 4.5v15l12-7.5z",
  pause: "M7 5h3.6v14H7zM13.4 5H17v14h-3.6z",
  back: "M6 5h2.4v14H6zM19 5v14l-9.5-7z",
  forward: "M15.6 5H18v14h-2.4zM5 5v14l9.5-7z",
  stop: "M6 6h12v12H6z",
};

export function icon(name: keyof typeof PATHS): SVGElement {
  return svg(
    "svg",
    { viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true" },
    svg("path", { d: PATHS[name], fill: "currentColor" }),
  );
}
