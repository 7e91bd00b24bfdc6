/** What can be asked of a given instance without a bandit: its hardness, its separation, its k-means. */
import { Allocation, layAllocation, solveAllocation } from "./allocation";
import { arenaEnd, openArena, planArena, rowBytes, take, takeStruct } from "./arena";
import { KMeans, layKMeans, runKMeans } from "./kmeans";
import { clusterSeparation, weighClusters } from "./separation";

@unmanaged
class Instance {
  arms: i32;
  clusters: i32;
  bytes: usize; // of a row
  labels: usize; // i32 an arm
  weights: usize; // f64 an arm
  centers: usize; // clusters x bytes
  points: usize; // arms x bytes
  smallest: usize;
  whole: usize;
  kmeans: usize;
  allocation: usize;
}

function layOut(arms: i32, dimensions: i32, clusters: i32): usize {
  const pointer = takeStruct(offsetof<Instance>());
  const row = rowBytes(dimensions);
  const points = take(<usize>arms * row);
  const weights = take(<usize>arms << 3);
  const kmeans = layKMeans(arms, clusters, dimensions, points, weights);
  const allocation = layAllocation(clusters, dimensions);
  const instance = changetype<Instance>(pointer);
  instance.points = points;
  instance.weights = weights;
  instance.kmeans = kmeans;
  instance.allocation = allocation;
  instance.labels = take(<usize>arms << 2);
  instance.centers = take(<usize>clusters * row);
  instance.smallest = take(<usize>clusters << 3);
  instance.whole = take(<usize>clusters << 3);
  return pointer;
}

export function instanceBytes(arms: i32, dimensions: i32, clusters: i32): usize {
  planArena();
  layOut(arms, dimensions, clusters);
  return arenaEnd();
}

export function instanceCreate(start: usize, arms: i32, dimensions: i32, clusters: i32): usize {
  openArena(start);
  const pointer = layOut(arms, dimensions, clusters);
  const instance = changetype<Instance>(pointer);
  instance.arms = arms;
  instance.clusters = clusters;
  instance.bytes = rowBytes(dimensions);
  return pointer;
}

export function instanceLabels(pointer: usize): usize {
  return changetype<Instance>(pointer).labels;
}

export function instanceWeights(pointer: usize): usize {
  return changetype<Instance>(pointer).weights;
}

/** Rows are padded with a zero to an even number of coordinates. */
export function instanceCenters(pointer: usize): usize {
  return changetype<Instance>(pointer).centers;
}

/** Padded like the centers. */
export function instancePoints(pointer: usize): usize {
  return changetype<Instance>(pointer).points;
}

function weigh(instance: Instance): Allocation {
  const allocation = changetype<Allocation>(instance.allocation);
  weighClusters(
    instance.arms,
    instance.clusters,
    instance.labels,
    instance.weights,
    instance.smallest,
    instance.whole,
    allocation.sizes,
  );
  return allocation;
}

/** D* of labels and centers; w* is left at `instanceAllocation`. */
export function instanceHardness(pointer: usize, asPrinted: i32): f64 {
  const instance = changetype<Instance>(pointer);
  const allocation = weigh(instance);
  allocation.asPrinted = asPrinted;
  allocation.activeCount = 0;
  solveAllocation(allocation, instance.centers);
  return allocation.hardness;
}

export function instanceAllocation(pointer: usize): usize {
  return changetype<Allocation>(changetype<Instance>(pointer).allocation).weights;
}

/** Z2 at the given weights. */
export function instanceSeparation(pointer: usize, asPrinted: i32): f64 {
  const instance = changetype<Instance>(pointer);
  const allocation = weigh(instance);
  return clusterSeparation(
    instance.clusters,
    instance.bytes,
    instance.centers,
    instance.smallest,
    instance.whole,
    asPrinted ? allocation.sizes : 0,
  );
}

/** Weighted k-means of the points, labels and centers left in place; returns the iterations. */
export function instanceKMeans(pointer: usize, first: i32): i32 {
  const instance = changetype<Instance>(pointer);
  const model = changetype<KMeans>(instance.kmeans);
  model.first = first;
  model.stale = 1;
  runKMeans(model);
  memory.copy(instance.labels, model.labels, <usize>instance.arms << 2);
  memory.copy(instance.centers, model.centers, <usize>instance.clusters * instance.bytes);
  return model.iterations;
}
