/** Just enough to write SVG: one element, one line of text, numbers short enough for a small file. */

type Attributes = Record<string, string | number | undefined>;

/** An element; attributes that are undefined are left out. */
export function tag(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? round(value) : escapeXml(value as string)}"`)
    .join("");
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join("")}</${name}>`;
}

/** A line of text; `content` is plain text. */
export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return tag("text", { x, y, ...attributes }, escapeXml(content));
}

/** The path through points given in pixels. */
export function pathThrough(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
}

/** A tenth of a pixel is finer than any screen. */
export function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function escapeXml(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
