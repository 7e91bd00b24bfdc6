import type { AdenAsk, SoftmaxAutonomy } from "wayward";
import { chances } from "../anneal/autonomy.js";
import type { Points } from "../anneal/messages.js";
import { uniforms } from "../data/random.js";

/** Answers ADEN: where each entity went, `realizations` numbers an entry. A round's draws depend on its number alone. */
export function realize(
  { round, entities, prescribed, sets, centers, realizations }: AdenAsk,
  { data, dimensions }: Points,
  autonomy: SoftmaxAutonomy,
  seed: number,
): { realized: Int32Array } {
  const uniform = uniforms(7919 * seed + round);
  const realized = new Int32Array(entities.length * realizations);
  entities.forEach((entity, entry) => {
    const x = data.subarray(entity * dimensions, (entity + 1) * dimensions);
    const row = chances(autonomy, x, centers[sets[entry]], prescribed[entry]);
    for (let draw = 0; draw < realizations; draw++) {
      let rest = uniform();
      let k = 0;
      while (k < row.length - 1 && rest >= row[k]) rest -= row[k++];
      realized[entry * realizations + draw] = k;
    }
  });
  return { realized };
}
