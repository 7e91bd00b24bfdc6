import { h } from "./dom.js";
import plotStyle from "./plot.css";
import { set, svg } from "./svg.js";

/** A file for the visitor, made in the page. */
export function download(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A picture's parts, beneath each other. */
export interface Sheet {
  title: string;
  subtitle: string;
  width: number;
  panels: { height: number; parts: SVGElement[] }[];
}

const HEAD = 64;
const GAP = 10;

/** One SVG document with the page's plot styles and present colors inside. */
export function toSvg({ title, subtitle, width, panels }: Sheet): { text: string; width: number; height: number } {
  const height = HEAD + panels.reduce((sum, panel) => sum + panel.height + GAP, 0);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "picture" });
  set(root, { xmlns: "http://www.w3.org/2000/svg" });
  root.append(
    svg("style", {}, `${colorsInUse()}\n${plotStyle}`),
    svg("rect", { width, height, class: "paper" }),
    svg("text", { class: "picture-title", x: 16, y: 30 }, title),
    svg("text", { class: "label", x: 16, y: 50 }, subtitle),
  );
  let top = HEAD;
  for (const panel of panels) {
    root.append(svg("g", { transform: `translate(0 ${top})` }, ...panel.parts.map(asGroup)));
    top += panel.height + GAP;
  }
  return { text: new XMLSerializer().serializeToString(root), width, height };
}

/** The same picture as pixels, twice as fine. */
export async function toPng(sheet: Sheet): Promise<Blob> {
  const { text, width, height } = toSvg(sheet);
  const image = new Image();
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    image.src = address;
    await image.decode();
    const canvas = h("canvas", { width: 2 * width, height: 2 * height });
    canvas.getContext("2d")!.drawImage(image, 0, 0, 2 * width, 2 * height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser made no picture"))), "image/png");
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** An SVG element inside another would bring its own box; its children in a group do not. */
function asGroup(part: SVGElement): SVGElement {
  const copy = part.cloneNode(true) as SVGElement;
  return copy.tagName === "svg"
    ? svg("g", { class: copy.getAttribute("class") ?? "" }, ...(copy.children as unknown as SVGElement[]))
    : copy;
}

/** The style sheet's variables with their values in the theme shown. */
function colorsInUse(): string {
  const style = getComputedStyle(document.documentElement);
  const names = new Set(plotStyle.match(/--[a-z0-9-]+/g) ?? []);
  return `.picture{${[...names].map((name) => `${name}:${style.getPropertyValue(name)}`).join(";")}}`;
}
