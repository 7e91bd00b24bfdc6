import type { Attribute, Constant, ElementType, Graph, Node, Tensor } from "./graph.js";
import { ProtobufWriter } from "./protobuf.js";

/**
 * Encodes a graph as an ONNX ModelProto. Field numbers are those of onnx.proto:
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function encodeModel(graph: Graph): Uint8Array {
  graph.prune();
  return new ProtobufWriter()
    .integer(1, IR_VERSION)
    .text(2, "wayward")
    .message(7, (message) => writeGraph(message, graph))
    .message(8, (message) => message.text(1, "").integer(2, OPSET))
    .finish();
}

/** Opset 20 (2023) is the newest one that every runtime tried here takes; it belongs to IR version 9. */
const OPSET = 20;
const IR_VERSION = 9;
const ELEMENT_TYPES: Record<ElementType, number> = { float32: 1, int64: 7, bool: 9 };

function writeGraph(writer: ProtobufWriter, graph: Graph): void {
  for (const node of graph.nodes) writer.message(1, (message) => writeNode(message, node));
  writer.text(2, "aden");
  for (const constant of graph.constants.values()) writer.message(5, (message) => writeTensor(message, constant));
  for (const tensor of graph.inputs) writer.message(11, (message) => writeValueInfo(message, tensor));
  for (const tensor of graph.outputs) writer.message(12, (message) => writeValueInfo(message, tensor));
}

function writeNode(writer: ProtobufWriter, node: Node): void {
  for (const tensor of node.inputs) writer.text(1, tensor.name);
  for (const tensor of node.outputs) writer.text(2, tensor.name);
  writer.text(3, node.outputs[0].name).text(4, node.operator);
  for (const [name, value] of Object.entries(node.attributes)) {
    writer.message(5, (message) => writeAttribute(message, name, value));
  }
}

function writeAttribute(writer: ProtobufWriter, name: string, value: Attribute): void {
  const INT = 2;
  const INTS = 7;
  writer.text(1, name);
  if (typeof value === "number") writer.integer(3, value).integer(20, INT);
  else writer.integers(8, value).integer(20, INTS);
}

/** TensorProto with raw_data, which is little-endian, as is every host that runs WebAssembly. */
function writeTensor(writer: ProtobufWriter, { tensor, data }: Constant): void {
  writer
    .integers(1, tensor.shape)
    .integer(2, ELEMENT_TYPES[tensor.type])
    .text(8, tensor.name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValueInfo(writer: ProtobufWriter, tensor: Tensor): void {
  writer.text(1, tensor.name).message(2, (type) =>
    type.message(1, (tensorType) =>
      tensorType.integer(1, ELEMENT_TYPES[tensor.type]).message(2, (shape) => {
        for (const extent of tensor.shape) shape.message(1, (dimension) => dimension.integer(1, extent));
      }),
    ),
  );
}
