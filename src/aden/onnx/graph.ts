/**
 * A graph of ONNX operators with static shapes, built by calling the functions of operators.ts.
 *
 * Nodes are kept in the order they were made, which is a topological order. Each node may carry a
 * backward rule; gradient.ts walks them in reverse and appends the gradient's nodes to the same graph.
 */
export type ElementType = "float32" | "int64" | "bool";

/** A value in a graph. Its shape is known when it is made. */
export interface Tensor {
  readonly graph: Graph;
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** Mutable: `Graph.output` renames a result. */
  name: string;
}

export type Attribute = number | readonly number[];

export interface Node {
  readonly operator: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** The gradient of `inputs` (not always the node's own: a composite skips its inner steps). */
  backward?: { inputs: readonly Tensor[]; gradient: (upstream: Tensor) => (Tensor | null)[] };
}

export interface Constant {
  tensor: Tensor;
  data: Float32Array | BigInt64Array;
}

export class Graph {
  nodes: Node[] = [];
  readonly inputs: Tensor[] = [];
  readonly outputs: Tensor[] = [];
  readonly constants = new Map<string, Constant>();
  readonly #shared = new Map<string, Tensor>();
  #made = 0;

  input(name: string, shape: readonly number[]): Tensor {
    const tensor = this.#tensor(shape, "float32", name);
    this.inputs.push(tensor);
    return tensor;
  }

  /** A float32 constant; small ones with equal content are stored once. */
  constant(values: ArrayLike<number>, shape: readonly number[]): Tensor {
    return this.#constant(Float32Array.from(values), shape, "float32");
  }

  scalar(value: number): Tensor {
    return this.constant([value], []);
  }

  /** An int64 vector: axes, shapes and bounds of other operators. Never part of the data path. */
  integers(values: readonly number[]): Tensor {
    return this.#constant(BigInt64Array.from(values, BigInt), [values.length], "int64");
  }

  /** Appends a node with one result. */
  node(
    operator: string,
    inputs: readonly Tensor[],
    shape: readonly number[],
    attributes: Node["attributes"] = {},
    type: ElementType = "float32",
  ): Tensor {
    const result = this.#tensor(shape, type);
    this.nodes.push({ operator, inputs, outputs: [result], attributes });
    return result;
  }

  /** Names a result as an output of the model. No Identity node: some providers run it on the CPU. */
  output(tensor: Tensor, name: string): void {
    const producer = this.nodes.find((node) => node.outputs.includes(tensor));
    if (!producer || this.outputs.includes(tensor)) throw new Error(`${name}: not a result, or already an output`);
    tensor.name = name;
    this.outputs.push(tensor);
  }

  /** Drops every node and constant that no output depends on. */
  prune(): void {
    const live = new Set<Tensor>(this.outputs);
    const kept: Node[] = [];
    for (const node of this.nodes.toReversed()) {
      if (!node.outputs.some((tensor) => live.has(tensor))) continue;
      for (const tensor of node.inputs) live.add(tensor);
      kept.push(node);
    }
    this.nodes = kept.reverse();
    for (const [name, { tensor }] of this.constants) if (!live.has(tensor)) this.constants.delete(name);
  }

  #constant(data: Float32Array | BigInt64Array, shape: readonly number[], type: ElementType): Tensor {
    const key = data.length <= 16 ? `${type} ${shape} ${data}` : undefined;
    const known = key && this.#shared.get(key);
    if (known) return known;
    const tensor = this.#tensor(shape, type);
    this.constants.set(tensor.name, { tensor, data });
    if (key) this.#shared.set(key, tensor);
    return tensor;
  }

  #tensor(shape: readonly number[], type: ElementType, name = `t${this.#made++}`): Tensor {
    return { graph: this, shape, type, name };
  }
}

/** The product of a shape: how many elements it has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, extent) => size * extent, 1);
}
