/** Okabe and Ito's colors, which people with color-blindness tell apart, but for black and the yellow too pale for dots. */
const PALETTE = [
  [0x00, 0x72, 0xb2],
  [0xe6, 0x9f, 0x00],
  [0x00, 0x9e, 0x73],
  [0xcc, 0x79, 0xa7],
  [0x56, 0xb4, 0xe9],
  [0xd5, 0x5e, 0x00],
] as const;

export type Rgb = readonly [number, number, number];

/**
 * A color for each center. With more centers than colors a color returns where it is farthest
 * from its other uses, as on a map, so that neighbors differ.
 */
export function assignColors(centers: readonly (readonly number[])[]): Rgb[] {
  const users: number[][] = PALETTE.map(() => []);
  return centers.map((center, index) => {
    let best = 0;
    let bestDistance = -1;
    users.forEach((others, color) => {
      const distance = Math.min(Number.MAX_VALUE, ...others.map((other) => squaredDistance(center, centers[other])));
      if (distance > bestDistance) {
        best = color;
        bestDistance = distance;
      }
    });
    users[best].push(index);
    return PALETTE[best];
  });
}

/** Mixes colors as light mixes (squares stand for the display's gamma), in steps of 8 so that equal mixes group. */
export function mix(colors: readonly Rgb[], shares: ArrayLike<number>): Rgb {
  const channel = (index: 0 | 1 | 2) => {
    let light = 0;
    for (let color = 0; color < colors.length; color++) light += shares[color] * colors[color][index] ** 2;
    return Math.min(255, Math.round(Math.sqrt(light) / 8) * 8);
  };
  return [channel(0), channel(1), channel(2)];
}

export function hex([red, green, blue]: Rgb): string {
  return `#${[red, green, blue].map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

/** Black or white, whichever reads better on the color. */
export function inkOn([red, green, blue]: Rgb): string {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 150 ? "#222222" : "#ffffff";
}

export function squaredDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + (value - b[index]) ** 2, 0);
}
