import { squaredDistance } from "../anneal/lineage.js";

export type Rgb = readonly [number, number, number];

/** Okabe and Ito's colors, which people with color-blindness tell apart, and two more; they stand off light and dark. */
export const PALETTE: readonly Rgb[] = [
  [0x1f, 0x77, 0xc4],
  [0xe6, 0x9f, 0x00],
  [0x00, 0x9e, 0x73],
  [0xd4, 0x6f, 0xa8],
  [0xd5, 0x5e, 0x00],
  [0x4f, 0xb3, 0xe8],
  [0x8a, 0x6a, 0xd8],
  [0x96, 0x9a, 0x1c],
];

/**
 * A color for each center. With more centers than colors a color returns where it is farthest from its other
 * uses, as on a map, so that neighbors differ.
 */
export function assignColors(centers: readonly number[][]): Rgb[] {
  const users: number[][] = PALETTE.map(() => []);
  return centers.map((center, index) => {
    const room = users.map((others) =>
      Math.min(Number.MAX_VALUE, ...others.map((other) => squaredDistance(center, centers[other]))),
    );
    const best = room.indexOf(Math.max(...room));
    users[best].push(index);
    return PALETTE[best];
  });
}

/** The mix of colors by their shares (any scale), as light mixes: squares stand for the display's gamma. */
export function mix(colors: readonly Rgb[], shares: ArrayLike<number>): Rgb {
  const out = new Uint8Array(3);
  mixRows(colors, shares, shares, 0, out);
  return [out[0], out[1], out[2]];
}

/**
 * The same for every row between two policies, N x K each, `along` (0 to 1) from one to the other.
 *
 * @param out N x 3, red, green, blue
 */
export function mixRows(
  colors: readonly Rgb[],
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  along: number,
  out: Uint8Array,
): void {
  const clusters = colors.length;
  const light = Float64Array.from(colors.flat(), (value) => value * value);
  for (let row = 0; 3 * row < out.length; row++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    let total = 0;
    for (let color = 0; color < clusters; color++) {
      const at = row * clusters + color;
      const share = before[at] + (after[at] - before[at]) * along;
      red += share * light[3 * color];
      green += share * light[3 * color + 1];
      blue += share * light[3 * color + 2];
      total += share;
    }
    out[3 * row] = Math.round(Math.sqrt(red / total));
    out[3 * row + 1] = Math.round(Math.sqrt(green / total));
    out[3 * row + 2] = Math.round(Math.sqrt(blue / total));
  }
}

export function hex([red, green, blue]: Rgb): string {
  return `#${[red, green, blue].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Black or white, whichever contrasts more (WCAG's relative luminance). */
export function inkOn(color: Rgb): string {
  const [red, green, blue] = color.map((value) => (value / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#111111" : "#ffffff";
}
