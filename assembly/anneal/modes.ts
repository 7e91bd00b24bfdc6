/** Every pass over the points, by what it adds up. */

// The objective.
export const SOFT: i32 = 0; // policy at beta
export const HARD: i32 = 1; // beta = infinity
export const SOFT_MOMENTS: i32 = 2; // and second moments about the centers, for splitting
export const HARD_MOMENTS: i32 = 3; // and what removing or splitting a center would do
export const HARD_CUT: i32 = 4; // and the two halves of each region
export const RESPONSE: i32 = 5; // policy times deviation of an affine function: for curvature
export const FROZEN: i32 = 6; // policy of `base`, transitions and gradient at `centers`: for curvature, SOFTMAX_ENTITY
// Scaling.
export const BOX: i32 = 7; // lower bounds, then minus the upper ones; the only one that is not added but minimized
export const COLUMNS: i32 = 8; // sum w x_c for each c, sum w
export const PRODUCTS: i32 = 9; // sum rho x_a x_b for a <= b
export const SHARES: i32 = 10; // sum rho of each group
// k-means++.
export const DRAW: i32 = 11; // sum of the weights of a draw
export const TAKE: i32 = 12; // coordinates of the point drawn, zeros elsewhere
