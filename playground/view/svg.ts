const NAMESPACE = "http://www.w3.org/2000/svg";

type Attributes = Record<string, string | number>;

export function svg(tag: string, attributes: Attributes = {}, ...children: (SVGElement | string)[]): SVGElement {
  const element = document.createElementNS(NAMESPACE, tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

export function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, typeof value === "number" ? String(Math.round(100 * value) / 100) : value);
  }
}

/** A path through places in pixels. */
export function pathThrough(places: Iterable<readonly [number, number]>): string {
  let path = "";
  for (const [x, y] of places) path += `${path ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
  return path;
}
