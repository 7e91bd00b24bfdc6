/**
 * A split may number the centers anew. Going back from the final centers, these are the orders that give every
 * center its final number at each step: `orders[step][final]` is the index at that step.
 */
export function lineages(steps: readonly number[][][], final: readonly number[][]): number[][] {
  const orders: number[][] = [];
  let later = final;
  for (let step = steps.length - 1; step >= 0; step--) {
    const order = nearestOneToOne(later, steps[step]);
    orders.unshift(order);
    later = order.map((index) => steps[step][index]);
  }
  return orders;
}

/** For each of `from` one of `to`, none twice, the nearest pairs first. */
export function nearestOneToOne(from: readonly number[][], to: readonly number[][]): number[] {
  const pairs = from.flatMap((a, left) => to.map((b, right) => ({ left, right, distance: squaredDistance(a, b) })));
  pairs.sort((a, b) => a.distance - b.distance || a.left - b.left || a.right - b.right);
  const chosen = new Array<number>(from.length).fill(-1);
  const taken = new Set<number>();
  for (const { left, right } of pairs) {
    if (chosen[left] >= 0 || taken.has(right)) continue;
    chosen[left] = right;
    taken.add(right);
  }
  return chosen;
}

export function nearest(place: readonly number[], candidates: readonly number[][]): number[] {
  return candidates.reduce((best, other) =>
    squaredDistance(place, other) < squaredDistance(place, best) ? other : best,
  );
}

export function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let axis = 0; axis < a.length; axis++) sum += (a[axis] - b[axis]) ** 2;
  return sum;
}
